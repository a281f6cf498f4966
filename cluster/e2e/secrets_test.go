//go:build e2e

package e2e

import (
	"io"
	"net/http"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/e2e/story"
)

// Neither tokens nor user data are anywhere but in Secrets, whatever goes wrong.
// All stories are searched for them, and for keys, when they end: their objects
// with status and events, and the provider's log of debug level. Here things go
// wrong, and the metrics are searched as well.
func TestNothingShowsSecrets(t *testing.T) {
	t.Parallel()
	s := begin(t)
	tenant(s)
	n := s.Example("network/network.yaml", ofTenant())
	f := s.Example("firewall/firewall.yaml", ofTenant(), story.Set(map[string]any{"name": "user-data", "key": "ignition"}, "spec", "forProvider", "userDataSecretRef"))
	s.Apply(n)
	s.Ready(n)

	s.Apply(f)
	s.Message(f, "there is no Secret", "atProvider", "message")
	userData := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.Namespace, Name: "user-data"}, StringData: map[string]string{"ignition": story.UserData}}
	if err := s.Kube.Create(t.Context(), userData); err != nil {
		t.Fatal(err)
	}
	s.Ready(f)

	// A token that is none, and the right one again.
	credentials := story.Secret(s.Namespace, "metal-api", "wrong-"+story.Token)
	if err := s.Kube.Update(t.Context(), credentials); err != nil {
		t.Fatal(err)
	}
	s.Condition(n, "Synced", "False")
	s.Condition(f, "Synced", "False")
	credentials = story.Secret(s.Namespace, "metal-api", story.Token)
	if err := s.Kube.Update(t.Context(), credentials); err != nil {
		t.Fatal(err)
	}
	s.Condition(n, "Synced", "True")
	s.Condition(f, "Synced", "True")

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, metrics, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || !strings.Contains(string(body), "metal_stack_") {
		t.Fatalf("cannot read the metrics: %v", err)
	}
	if shown := story.Shown(string(body)); shown != "" {
		t.Errorf("the metrics show a secret: %s", shown)
	}
	s.Remove(f)
	s.Remove(n)
	s.Empty()
}
