//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/e2e/story"
)

// What kubectl get -o yaml wrote a while ago and is applied again has the references of its
// time, and kubectl replace takes all away: nothing is forgotten by that, and what the
// manifest does not want any more goes by the usual way.
func TestReferencesLost(t *testing.T) {
	t.Parallel()
	s := begin(t)
	shall := func(edits ...story.Edit) *unstructured.Unstructured {
		return s.Example("cluster/xcluster.yaml", edits...)
	}
	x := shall(workers(pool("small", 1)))
	s.Apply(x)
	then := works(s, x, "1/1", "whole-small-1")
	first := story.Text(then, "status", "firewall", "machineID")
	for _, field := range []string{"resourceVersion", "uid", "managedFields", "creationTimestamp", "generation"} {
		unstructured.RemoveNestedField(then.Object, "metadata", field)
	}
	unstructured.RemoveNestedField(then.Object, "metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration")
	s.Apply(shall(workers(pool("small", 2))))
	works(s, x, "2/2", "whole-small-1", "whole-small-2")

	t.Log("The manifest of one worker refers to one.")
	s.Send("apply", then)
	s.Gone(worker(s, "whole-small-2"))
	works(s, x, "1/1", "whole-small-1")
	freed(s, "whole-small-2")

	t.Log("One that refers to nothing, without addresses, and with another rule.")
	other := shall(workers(pool("small", 1)), story.Set([]any{}, "spec", "egressIPs"), story.Set([]any{}, "spec", "firewall", "rules", "egress"))
	s.Send("replace", other)
	rolled(s, x, first)
	s.Condition(x, "FirewallUpToDate", "True")
	s.Await("the address is given back", story.Soon, func(context.Context) (bool, string) {
		ips := s.All(story.IP)
		return len(ips) == 0, fmt.Sprintf("%d are left", len(ips))
	})
	works(s, x, "1/1", "whole-small-1")

	t.Log("Left alone, and made again by a manifest that wants another rule.")
	second := story.Text(s.Ready(x), "status", "firewall", "machineID")
	release(s, x)
	s.Remove(x, "--cascade=orphan")
	s.Apply(shall(workers(pool("small", 1)), story.Set([]any{}, "spec", "egressIPs")))
	rolled(s, x, second)
	works(s, x, "1/1", "whole-small-1")

	release(s, x)
	s.End(x)
	gaveBack(s)
}

// A part that somebody deletes waits for the firewall that has it, and for none that has yet
// to be made. When that is deleted, too, all of it is made again.
func TestPartsDeleted(t *testing.T) {
	t.Parallel()
	s := begin(t)
	x := s.Example("cluster/xcluster.yaml", workers())
	s.Apply(x)
	s.Ready(x)
	for _, part := range []unstructured.Unstructured{s.All(story.IP)[0], *story.Object(story.Network, s.Namespace, "whole-network")} {
		before := story.Text(s.Ready(x), "status", "firewall", "machineID")
		if err := s.Kube.Get(s.Context(), client.ObjectKeyFromObject(&part), &part); err != nil {
			t.Fatal(err)
		}
		s.Remove(&part, "--wait=false")
		s.Message(x, "is being deleted, and waits for Firewall "+s.Namespace+"/whole-firewall", "message")
		s.Remove(&s.All(story.Firewall)[0], "--wait=false")
		rolled(s, x, before)
		s.Condition(x, "FirewallUpToDate", "True")
		again := story.Object(part.GroupVersionKind(), s.Namespace, part.GetName())
		if err := s.Kube.Get(s.Context(), client.ObjectKeyFromObject(again), again); err != nil || again.GetUID() == part.GetUID() {
			t.Errorf("want another %s %s: %v", part.GetKind(), part.GetName(), err)
		}
	}
	s.End(x)
	gaveBack(s)
}
