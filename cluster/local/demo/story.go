package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/images"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local"
)

// version that the packages of this checkout are published as.
const version = "v0.0.0-dev"

// hostname of the firewall of examples/cluster.
const hostname = "whole-firewall"

// patience is how long what is waited for may take.
const patience = 5 * time.Minute

// tell tells the story: packages, configuration, a whole XCluster, another rule for its
// firewall, a claim.
func (s *stage) tell(ctx context.Context) error {
	if err := s.install(ctx); err != nil {
		return err
	}
	watch := newWatcher(s)
	for _, folder := range []string{"providerconfig", "cluster", "claim"} {
		objects, err := examples(folder, s.metalAPI())
		if err != nil {
			return err
		}
		for _, o := range objects {
			s.sayf("kubectl apply: %s", title(o))
			if err := lastApplied(o); err != nil {
				return fmt.Errorf("cannot apply %s: %w", title(o), err)
			}
			if err := s.kube.Create(ctx, o); err != nil {
				return fmt.Errorf("cannot apply %s: %w", title(o), err)
			}
		}
		if folder == "providerconfig" {
			continue
		}
		if err := watch.untilReady(ctx, objects, patience); err != nil {
			return err
		}
		if folder == "cluster" {
			if err := s.roll(ctx, watch, folder); err != nil {
				return err
			}
		}
	}
	return s.sum(ctx)
}

// roll the firewall of the XCluster in a folder, by one more rule.
func (s *stage) roll(ctx context.Context, watch *watcher, folder string) error {
	objects, err := examples(folder, s.metalAPI())
	if err != nil {
		return err
	}
	x := objects[0]
	before, err := s.firewallOf(ctx, x)
	if err != nil {
		return err
	}
	s.sayf("its firewall is %s", before)
	rules, _, err := unstructured.NestedSlice(x.Object, "spec", "firewall", "rules", "egress")
	if err != nil {
		return fmt.Errorf("cannot read the rules: %w", err)
	}
	rules = append(rules, map[string]any{"comment": "SSH", "protocol": "TCP", "ports": []any{int64(22)}, "to": []any{"0.0.0.0/0"}})
	if err := unstructured.SetNestedSlice(x.Object, rules, "spec", "firewall", "rules", "egress"); err != nil {
		return fmt.Errorf("cannot add a rule: %w", err)
	}
	s.sayf("kubectl apply: %s, with one more rule for its firewall", title(x))
	if err := lastApplied(x); err != nil {
		return fmt.Errorf("cannot apply %s: %w", title(x), err)
	}
	if err := s.kube.Patch(ctx, x, client.Merge); err != nil {
		return fmt.Errorf("cannot apply %s: %w", title(x), err)
	}
	after := before
	err = watch.until(ctx, "the firewall of "+title(x)+" is replaced", patience, func(ready map[string]bool) (string, bool) {
		if after, err = s.firewallOf(ctx, x); err != nil {
			return err.Error(), false
		}
		return after.String(), after.machine != before.machine && after.alone && ready[title(x)]
	})
	if err != nil {
		return err
	}
	s.sayf("its firewall is %s", after)
	return nil
}

// A firewall of an XCluster, as the status shows it.
type firewall struct {
	name, machine, addresses string

	// alone is true if there is no other one.
	alone bool
}

func (f firewall) String() string {
	return fmt.Sprintf("%s, on machine %s, with %s", f.name, f.machine, f.addresses)
}

// firewallOf an XCluster.
func (s *stage) firewallOf(ctx context.Context, x *unstructured.Unstructured) (firewall, error) {
	u, got := &unstructured.Unstructured{}, &clusterv1alpha1.XCluster{}
	u.SetGroupVersionKind(x.GroupVersionKind())
	err := s.kube.Get(ctx, client.ObjectKeyFromObject(x), u)
	if err == nil {
		err = runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, got)
	}
	if err != nil {
		return firewall{}, fmt.Errorf("cannot read %s: %w", title(x), err)
	}
	all := &unstructured.UnstructuredList{}
	all.SetGroupVersionKind(v1alpha1.FirewallGroupVersionKind)
	if err := s.kube.List(ctx, all, client.InNamespace(x.GetNamespace()), client.MatchingLabels{clusterv1alpha1.LabelName: x.GetName()}); err != nil {
		return firewall{}, fmt.Errorf("cannot list the firewalls of %s: %w", title(x), err)
	}
	is := got.Status.Firewall
	f := firewall{machine: is.MachineID, addresses: strings.Join(is.IPs, ", "), alone: len(all.Items) == 1 && len(is.Firewalls) == 1}
	if len(is.Firewalls) > 0 {
		f.name = is.Firewalls[0].Name
	}
	return f, nil
}

// lastApplied is written down as kubectl does it: who applies the same file then
// changes nothing.
func lastApplied(o *unstructured.Unstructured) error {
	if o.GetAnnotations() == nil {
		if err := unstructured.SetNestedMap(o.Object, map[string]any{}, "metadata", "annotations"); err != nil {
			return err
		}
	}
	b, err := json.Marshal(o.Object)
	if err != nil {
		return err
	}
	o.SetAnnotations(map[string]string{corev1.LastAppliedConfigAnnotation: string(b) + "\n"})
	return nil
}

// install publishes the packages and installs the configuration, which brings
// the others as its dependencies.
func (s *stage) install(ctx context.Context) error {
	s.sayf("building and publishing the packages")
	if _, err := s.cluster.PublishFunction(ctx, version); err != nil {
		return err
	}
	if _, err := s.cluster.PublishProvider(ctx, version); err != nil {
		return err
	}
	ref, err := s.cluster.PublishConfiguration(ctx, version)
	if err != nil {
		return err
	}
	s.sayf("crossplane xpkg install configuration %s", ref)
	if err := s.cluster.Install(ctx, "configuration", ref); err != nil {
		return err
	}
	for kind, name := range map[string]string{"provider": images.ProviderName, "function": images.FunctionName} {
		if err := s.cluster.AwaitHealthy(ctx, kind, local.PackageName(local.Organization+"/"+name)); err != nil {
			return err
		}
	}
	s.sayf("the configuration and what it depends on are healthy")
	return nil
}

// sum shows the end of the story.
func (s *stage) sum(ctx context.Context) error {
	for _, args := range [][]string{{"get", "xcluster,xfirewall,xclusterclaim", "-A"}, {"get", "msnet,msip,msfw,msm", "-l", clusterv1alpha1.LabelName + "=whole"}} {
		out, err := s.cluster.Kubectl(ctx, args...)
		if err != nil {
			return err
		}
		s.show("kubectl "+strings.Join(args, " "), out)
	}
	for _, args := range [][]string{
		{"resource", "trace", "xcluster.cluster.metal-stack.crossplane.io", "whole", "-n", "default"},
		{"resource", "trace", "xclusterclaim.cluster.metal-stack.crossplane.io", "x-claimed", "-n", "default"},
	} {
		out, err := s.cluster.Crossplane(ctx, args...)
		if err != nil {
			return err
		}
		s.show("crossplane "+strings.Join(args, " "), out)
	}

	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 3, ' ', 0)
	_, _ = fmt.Fprintln(w, "MACHINE\tROLE\tLAST EVENT\tLIVELINESS\tHOSTNAME\tPROJECT")
	for _, m := range s.sim.Machines() {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", m.ID, m.Role, m.Event, m.Liveliness, m.Hostname, m.Project)
	}
	_ = w.Flush()
	s.show("curl "+"http://"+s.address+"/control/machines    (as a table)", table.String())

	return nil
}

// guide says how to go on.
func (s *stage) guide() {
	firewall := ""
	for _, m := range s.sim.Machines() {
		if m.Hostname == hostname {
			firewall = m.ID
		}
	}
	_, _ = fmt.Fprintf(s.out, `
All of it keeps running. To go on:

  export KUBECONFIG=%s
  kubectl get xcl,xfw -A                               # XClusters, XFirewalls
  kubectl get metalstack                               # all that they are made of
  kubectl explain xcluster.spec
  kubectl apply -f examples/network -f examples/ip -f examples/machine
  kubectl get msip,msm                                 # the IP and the Machine
  curl -X POST http://%s/control/machines/%s/crash     # and see READY turn False within some ten seconds, and True again
  kubectl delete -f examples/machine -f examples/ip -f examples/network
  kubectl patch xcl whole --type=merge -p '{"spec":{"firewall":{"rollToken":"1"}}}'    # and see it roll once more
  kubectl patch xcl whole --type=merge -p '{"spec":{"deletionProtection":false}}'
  kubectl delete xcl whole --cascade=foreground
  make demo-down                                       # ends everything

The crossplane command line tool is %s, the logs are in %s.
`, s.cluster.Kubeconfig(), s.address, firewall, s.cluster.Tools().CLI, s.cluster.Logs())
}

func title(o client.Object) string {
	name := o.GetName()
	if o.GetNamespace() != "" {
		name = o.GetNamespace() + "/" + name
	}
	return strings.ToLower(o.GetObjectKind().GroupVersionKind().Kind) + " " + name
}
