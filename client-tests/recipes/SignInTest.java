// JUnit 5: one server for the class, as its seed says at the beginning of each test. Any client will do: with the
// AWS SDK for Java, `CognitoIdentityProviderClient.builder().endpointOverride(endpoint)`.
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SignInTest {
    static Process server;
    static URI endpoint;

    @BeforeAll
    static void start() throws IOException {
        server = new ProcessBuilder("cognitwin", "--port", "0", "--seed", "fixtures/demo.yaml", "--log", "warn")
            .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String line = server.inputReader().readLine(); // cognitwin listening on http://127.0.0.1:PORT
        endpoint = URI.create(line.substring(line.lastIndexOf(' ') + 1));
    }

    @AfterAll
    static void stop() {
        server.destroy();
    }

    @BeforeEach
    void reset() throws Exception {
        assertEquals(204, post("/_cognitwin/reset", "", ""));
    }

    @Test
    void aliceSignsIn() throws Exception {
        assertEquals(200, post("/", "AWSCognitoIdentityProviderService.InitiateAuth", """
            {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": "1example23456789localclient",
             "AuthParameters": {"USERNAME": "alice", "PASSWORD": "Passw0rd!"}}"""));
    }

    static int post(String path, String target, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(endpoint.resolve(path)).header("X-Amz-Target", target)
            .header("Content-Type", "application/x-amz-json-1.1").POST(BodyPublishers.ofString(body)).build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).statusCode();
    }
}
