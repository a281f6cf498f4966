//go:build e2e

package e2e

import (
	"context"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/e2e/story"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal/rest"
)

// What is applied again, by whatever tool, is unchanged, and nothing is made
// because of it.
func TestAppliedAgain(t *testing.T) {
	cases := map[string]struct {
		reason string
		files  []string
	}{
		"xcluster":  {reason: "An XCluster.", files: []string{"xcluster/xcluster.yaml"}},
		"cluster":   {reason: "An XCluster with workers.", files: []string{"cluster/xcluster.yaml"}},
		"claim":     {reason: "A claim.", files: []string{"claim/claim.yaml"}},
		"xfirewall": {reason: "An XFirewall and its Network.", files: []string{"xfirewall/network.yaml", "xfirewall/xfirewall.yaml"}},
		"managed":   {reason: "Managed resources that refer to each other.", files: []string{"network/network.yaml", "ip/ip.yaml", "firewall/firewall.yaml", "machine/machine.yaml"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t)
			var all []*unstructured.Unstructured
			for _, f := range tc.files {
				all = append(all, s.Example(f))
			}
			for _, u := range all {
				s.Apply(u)
			}
			for _, u := range all {
				s.Ready(u)
			}
			s.Settled()
			wrote := s.Wrote()

			for _, u := range all {
				if out := s.Send("apply", u); !strings.HasSuffix(out, "unchanged") {
					t.Errorf("%s applied again: %s", tc.reason, out)
				}
				// The first time a manager takes its fields, the second nothing.
				s.Send("apply", u, "--server-side", "--field-manager=argocd")
				was := version(s, u)
				if s.Send("apply", u, "--server-side", "--field-manager=argocd"); version(s, u) != was {
					t.Errorf("%s applied again on the server's side: it was changed", tc.reason)
				}
				out, err := s.TrySend("replace", u)
				switch claim := u.GetKind() == "XClusterClaim"; {
				case claim && (err == nil || !strings.Contains(err.Error(), "use kubectl apply, not replace")):
					t.Errorf("%s replaced: it would be another one, and is accepted: %s", tc.reason, out)
				case !claim && err != nil:
					t.Errorf("%s replaced: %v", tc.reason, err)
				}
			}
			for _, u := range all {
				s.Ready(u)
			}
			s.Settled()
			if got := s.Wrote(); !slices.Equal(got, wrote) {
				t.Errorf("%s: metal-api was written to: %v, then %v", tc.reason, wrote, got)
			}
			for _, u := range slices.Backward(all) {
				release(s, u)
				s.Remove(u)
			}
			s.Empty()
		})
	}
}

func version(s *story.Story, u *unstructured.Unstructured) string {
	s.Helper()
	is := story.Object(u.GroupVersionKind(), u.GetNamespace(), u.GetName())
	if err := s.Kube.Get(s.Context(), client.ObjectKeyFromObject(is), is); err != nil {
		s.Fatal(err)
	}
	return is.GetResourceVersion()
}

// Templates render empties. They are as if they were not there.
func TestXClusterWithEmpties(t *testing.T) {
	t.Parallel()
	s := begin(t)
	x := s.Example("xcluster/xcluster.yaml",
		story.Set([]any{}, "spec", "firewall", "rules", "ingress"),
		story.Set([]any{}, "spec", "firewall", "dnsServers"),
		story.Set([]any{}, "spec", "firewall", "ntpServers"),
		story.Set([]any{}, "spec", "firewall", "tags"),
		story.Set([]any{}, "spec", "firewall", "sshPublicKeys"),
		story.Set([]any{}, "spec", "network", "addressFamilies"),
		story.Set(map[string]any{}, "spec", "network", "prefixLengths"),
	)
	s.Apply(x)
	s.Ready(x)
	s.End(x)
}

// A typo is said, corrected, and forgotten; a wrong edit of what lives is said,
// changes nothing, and is set back.
func TestXClusterCorrected(t *testing.T) {
	t.Parallel()
	s := begin(t)
	x := s.Example("xcluster/xcluster.yaml", story.Set("firewal-ubuntu-3.0", "spec", "firewall", "image"))
	s.Apply(x)
	s.Message(x, "firewal-ubuntu-3.0", "firewall", "message")
	x = s.Example("xcluster/xcluster.yaml")
	s.Apply(x)
	s.Ready(x)
	wrote := s.Wrote()

	s.Apply(s.Example("xcluster/xcluster.yaml", story.Set("c1-xlarge-x86", "spec", "firewall", "size")))
	s.Message(x, "cannot find size c1-xlarge-x86", "firewall", "message")
	s.Condition(x, "Ready", "True")
	s.Apply(x)
	s.Await("nothing is said any more", story.Soon, func(context.Context) (bool, string) {
		got := story.Text(s.Ready(x), "status", "firewall", "message")
		return got == "", got
	})
	if got := s.Wrote(); !slices.Equal(got, wrote) {
		t.Errorf("metal-api was written to: %v, then %v", wrote, got)
	}
	s.End(x)
}

// A tag that is removed from an XCluster or a claim is removed from the machine,
// and those of others stay.
func TestTagsRemoved(t *testing.T) {
	for name, file := range map[string]string{"xcluster": "xcluster/xcluster.yaml", "claim": "claim/claim.yaml"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t)
			tags := func(tags ...any) story.Edit { return story.Set(tags, "spec", "firewall", "tags") }
			x := s.Example(file, tags("env=dev", "cost-center=47"))
			s.Apply(x)
			id := story.Text(s.Ready(x), "status", "firewall", "machineID")

			stack := asAdmin(s)
			s.Await("somebody adds a tag", story.Soon, func(ctx context.Context) (bool, string) {
				m, err := stack.Machine(ctx, id)
				if err == nil {
					err = stack.UpdateMachine(ctx, id, metal.MachineUpdate{Tags: append(m.Tags, "owner: jane ")})
				}
				if err != nil {
					return false, err.Error()
				}
				return true, ""
			})
			s.Apply(s.Example(file, tags("env=prod")))
			s.Await("the tags are those that are wanted", story.Soon, func(ctx context.Context) (bool, string) {
				m, err := stack.Machine(ctx, id)
				if err != nil {
					return false, err.Error()
				}
				has := func(tag string) bool { return slices.Contains(m.Tags, tag) }
				return has("env=prod") && has("owner: jane ") && !has("env=dev") && !has("cost-center=47"), strings.Join(m.Tags, ", ")
			})
			s.Remove(x)
			s.Empty()
		})
	}
}

// asAdmin is metal-api as somebody sees it who may do everything.
func asAdmin(s *story.Story) metal.Stack {
	s.Helper()
	stack, err := rest.New(metal.Config{URL: s.URL, Type: v1alpha1.CredentialsHMAC, HMACAuthType: v1alpha1.HMACAuthTypeAdmin, Secret: story.AdminKey})
	if err != nil {
		s.Fatal(err)
	}
	return stack
}

// What an XCluster's parts wait for is found by its name.
func TestPartsByName(t *testing.T) {
	for name, file := range map[string]string{"xcluster": "xcluster/xcluster.yaml", "claim": "claim/claim.yaml"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t)
			x := s.Example(file)
			s.Apply(x)
			s.Ready(x)
			out, err := s.Cluster.Kubectl(t.Context(), "get", "metalstack", "-n", s.Namespace, "-l", "cluster.metal-stack.crossplane.io/name="+x.GetName())
			if err != nil {
				t.Fatal(err)
			}
			for _, kind := range []string{"network.metal-stack.m.", "firewall.metal-stack.m.", "xfirewall.cluster.metal-stack."} {
				if !strings.Contains(out, "\n"+kind) && !strings.HasPrefix(out, kind) {
					t.Errorf("want a %s among the parts, got:\n%s", kind, out)
				}
			}
			s.Remove(x)
			s.Empty()
		})
	}
}
