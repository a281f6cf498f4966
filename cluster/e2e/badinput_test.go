//go:build e2e

package e2e

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/e2e/story"
)

// What a tenant gets wrong is said by the XCluster, and nothing is made.
func TestBadXClusters(t *testing.T) {
	const net, fw = "network", "firewall"
	cases := map[string]struct {
		reason string
		edits  []story.Edit
		part   string
		want   string
		// wrote to metal-api, at most.
		wrote string
	}{
		"partition": {
			reason: "A partition that metal-api does not know stops the network already.",
			edits:  []story.Edit{story.Set("nowhere", "spec", "partition")},
			part:   net, want: "nowhere",
		},
		"project": {
			reason: "A project that metal-api does not know stops the network already.",
			edits:  []story.Edit{story.Set("00000000-0000-0000-0000-00000000dead", "spec", "projectID")},
			part:   net, want: "00000000-0000-0000-0000-00000000dead",
		},
		"size": {
			reason: "A size is read before a machine is asked for.",
			edits:  []story.Edit{story.Set("huge", "spec", "firewall", "size")},
			part:   fw, want: "huge", wrote: "allocateNetwork",
		},
		"image": {
			reason: "An image is read before a machine is asked for.",
			edits:  []story.Edit{story.Set("firewall-plan9-1.0", "spec", "firewall", "image")},
			part:   fw, want: "firewall-plan9-1.0", wrote: "allocateNetwork",
		},
		"machine-image": {
			reason: "A machine's image does not make a firewall.",
			edits:  []story.Edit{story.Set("debian-13.0", "spec", "firewall", "image")},
			part:   fw, want: "debian-13.0", wrote: "allocateNetwork",
		},
		"network": {
			reason: "A network is read before a machine is asked for.",
			edits:  []story.Edit{story.Set([]any{map[string]any{"name": "internet", "networkID": "internet-nowhere"}}, "spec", "firewall", "networks")},
			part:   fw, want: "internet-nowhere", wrote: "allocateNetwork",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t)
			x := s.Example("xcluster/xcluster.yaml", tc.edits...)
			s.Apply(x)
			s.Message(x, tc.want, tc.part, "message")
			s.End(x)
			for _, op := range s.Wrote() {
				if strings.HasPrefix(op, "allocate") && op != tc.wrote {
					t.Errorf("%s: %s was made all the same", tc.reason, op)
				}
			}
		})
	}
}

// What an operator gets wrong is said by the XCluster too, and heals by itself.
func TestBadConfigurations(t *testing.T) {
	cases := map[string]struct {
		reason string
		spoil  func(c *v1alpha1.ProviderConfig)
		key    string
		want   string
	}{
		"key": {
			reason: "A wrong key is refused by metal-api.",
			key:    "not-the-key", want: "HMAC",
		},
		"role": {
			reason: "A key of a too small role may look and not create.",
			key:    story.ViewKey,
			spoil:  func(c *v1alpha1.ProviderConfig) { c.Spec.Credentials.HMACAuthType = v1alpha1.HMACAuthTypeView },
			want:   "role",
		},
		"base-path": {
			reason: "A URL without metal-api's base path answers, but not as metal-api does.",
			spoil:  func(c *v1alpha1.ProviderConfig) { c.Spec.URL = strings.TrimSuffix(c.Spec.URL, "/metal") },
			want:   "base path",
		},
		"unreachable": {
			reason: "Nobody listens there.",
			spoil:  func(c *v1alpha1.ProviderConfig) { c.Spec.URL = "http://127.0.0.1:9/metal" },
			want:   "refuses the connection",
		},
		"secret": {
			reason: "The Secret lacks the key that the configuration names.",
			spoil:  func(c *v1alpha1.ProviderConfig) { c.Spec.Credentials.SecretRef.Key = "no-such-key" },
			want:   "no-such-key",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t)
			good := v1alpha1.ProviderConfigSpec{
				ConnectionSpec: v1alpha1.ConnectionSpec{URL: s.URL},
				Credentials: v1alpha1.Credentials{
					CredentialsKind: v1alpha1.CredentialsKind{Type: v1alpha1.CredentialsHMAC, HMACAuthType: v1alpha1.HMACAuthTypeAdmin},
					SecretRef:       v1alpha1.LocalSecretKey{Name: "metal-api", Key: "hmac"},
				},
			}
			config := &v1alpha1.ProviderConfig{ObjectMeta: metav1.ObjectMeta{Namespace: s.Namespace, Name: "tenant"}, Spec: *good.DeepCopy()}
			if tc.spoil != nil {
				tc.spoil(config)
			}
			key := tc.key
			if key == "" {
				key = story.AdminKey
			}
			credentials := story.Secret(s.Namespace, "metal-api", key)
			if err := s.Kube.Create(t.Context(), credentials); err != nil {
				t.Fatal(err)
			}
			if err := s.Kube.Create(t.Context(), config); err != nil {
				t.Fatal(err)
			}
			x := s.Example("xcluster/xcluster.yaml", story.Set(map[string]any{"kind": "ProviderConfig", "name": "tenant"}, "spec", "providerConfigRef"))
			s.Apply(x)
			s.Message(x, tc.want, "network", "message")
			if got := s.Wrote(); len(got) > 0 {
				t.Errorf("%s: written all the same: %v", tc.reason, got)
			}

			if err := s.Kube.Get(t.Context(), client.ObjectKeyFromObject(credentials), credentials); err != nil {
				t.Fatal(err)
			}
			credentials.StringData = map[string]string{"hmac": story.AdminKey}
			if err := s.Kube.Update(t.Context(), credentials); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Cluster.Kubectl(t.Context(), "patch", story.Resource(v1alpha1.ProviderConfigGroupVersionKind), "-n", s.Namespace, "tenant", "--type=merge",
				"-p", `{"spec":`+string(mustJSON(good))+`}`); err != nil {
				t.Fatal(err)
			}
			s.Ready(x)

			// The configuration cannot go before its users.
			s.Remove(story.Object(v1alpha1.ProviderConfigGroupVersionKind, s.Namespace, "tenant"), "--wait=false")
			s.End(x)
			s.Gone(story.Object(v1alpha1.ProviderConfigGroupVersionKind, s.Namespace, "tenant"))
		})
	}
}

// Not parallel: it takes the machines from everybody.
func TestNoMachineFree(t *testing.T) {
	s := begin(t)
	unlock := func() {
		for _, m := range s.Sim.Machines() {
			if err := s.Sim.Unlock(m.ID); err != nil {
				t.Error(err)
			}
		}
	}
	t.Cleanup(unlock)
	for _, m := range s.Sim.Machines() {
		if err := s.Sim.Lock(m.ID); err != nil {
			t.Fatal(err)
		}
	}
	x := s.Example("xcluster/xcluster.yaml")
	s.Apply(x)
	s.Message(x, "no machine available", "firewall", "message")
	unlock()
	s.Ready(x)
	s.End(x)
}

// Not parallel: it disturbs everybody.
func TestAnswersThatSayNothing(t *testing.T) {
	s := begin(t)
	x := s.Example("xcluster/xcluster.yaml")
	s.Sim.AddFault(lostAnswer("allocateNetwork"))
	s.Sim.AddFault(lostAnswer("allocateFirewall"))
	t.Cleanup(s.Sim.ClearFaults)
	s.Apply(x)
	s.Ready(x)
	s.End(x)
	made := 0
	for _, op := range s.Wrote() {
		if strings.HasPrefix(op, "allocate") {
			made++
		}
	}
	if made != 2 {
		t.Errorf("after lost answers %d objects were made, want 2: %v", made, s.Wrote())
	}
}
