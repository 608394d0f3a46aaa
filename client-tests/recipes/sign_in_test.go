// Go: one server for the package, as its seed says at the beginning of each test. Any client will do: with the AWS SDK
// for Go, `cognitoidentityprovider.New(cognitoidentityprovider.Options{BaseEndpoint: &endpoint, …})`.
package demo

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
)

var endpoint string

func TestMain(m *testing.M) {
	server := exec.Command("cognitwin", "--port", "0", "--seed", "fixtures/demo.yaml", "--log", "warn")
	output, err := server.StdoutPipe()
	if err == nil {
		err = server.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	line, _ := bufio.NewReader(output).ReadString('\n') // cognitwin listening on http://127.0.0.1:PORT
	endpoint = strings.TrimSpace(line[strings.LastIndex(line, " ")+1:])
	code := m.Run()
	server.Process.Kill()
	os.Exit(code)
}

func post(t *testing.T, path, target, body string) int {
	request, err := http.NewRequest("POST", endpoint+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Amz-Target", target)
	request.Header.Set("Content-Type", "application/x-amz-json-1.1")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

func TestAliceSignsIn(t *testing.T) {
	if status := post(t, "/_cognitwin/reset", "", ""); status != 204 {
		t.Fatal(status)
	}
	body := `{"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": "1example23456789localclient",
		"AuthParameters": {"USERNAME": "alice", "PASSWORD": "Passw0rd!"}}`
	if status := post(t, "/", "AWSCognitoIdentityProviderService.InitiateAuth", body); status != 200 {
		t.Fatal(status)
	}
}
