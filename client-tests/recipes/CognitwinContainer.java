// Testcontainers for Java: the generic container. `--issuer host` since nobody knows the port on the outside beforehand.
import java.net.URI;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.MountableFile;

class CognitwinContainer extends GenericContainer<CognitwinContainer> {
    CognitwinContainer() {
        super("cognitwin");
        withCopyFileToContainer(MountableFile.forHostPath("fixtures/demo.yaml"), "/seeds/demo.yaml");
        withCommand("--seed", "/seeds/demo.yaml", "--issuer", "host");
        withExposedPorts(9229);
        waitingFor(Wait.forHttp("/health"));
    }

    /** For `CognitoIdentityProviderClient.builder().endpointOverride(…)`. */
    URI endpoint() {
        return URI.create("http://" + getHost() + ":" + getMappedPort(9229));
    }
}
