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
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/images"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local"
)

// version that the packages of this checkout are published as.
const version = "v0.0.0-dev"

// hostname of the firewall of examples/xcluster.
const hostname = "x-cellent-firewall"

// readyTimeout is how long an XCluster may take.
const readyTimeout = 5 * time.Minute

// tell tells the story: packages, configuration, an XCluster, a claim.
func (s *stage) tell(ctx context.Context) error {
	if err := s.install(ctx); err != nil {
		return err
	}
	watch := newWatcher(s)
	for _, folder := range []string{"providerconfig", "xcluster", "claim"} {
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
		if err := watch.untilReady(ctx, objects, readyTimeout); err != nil {
			return err
		}
	}
	return s.sum(ctx)
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
	for _, args := range [][]string{{"get", "xcluster,xfirewall,xclusterclaim", "-A"}} {
		out, err := s.cluster.Kubectl(ctx, args...)
		if err != nil {
			return err
		}
		s.show("kubectl "+strings.Join(args, " "), out)
	}
	for _, args := range [][]string{
		{"resource", "trace", "xcluster.cluster.metal-stack.crossplane.io", "x-cellent", "-n", "default"},
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
  kubectl get xcl,xfw,msnet,msfw -A                    # XClusters, XFirewalls, Networks, Firewalls
  kubectl explain xcluster.spec
  kubectl apply -f examples/network -f examples/ip -f examples/machine
  kubectl get msip,msm                                 # the IP and the Machine
  curl -X POST http://%s/control/machines/%s/crash     # and see READY turn False, and True again
  kubectl delete -f examples/machine -f examples/ip -f examples/network
  kubectl delete xcluster.cluster.metal-stack.crossplane.io x-cellent --cascade=foreground
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
