//go:build e2e

package story

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// quiet says whether the provider did without rights that Crossplane does not
// give it, and logged nothing secret.
func (w *World) quiet() error {
	logs, err := filepath.Glob(filepath.Join(w.Cluster.Logs(), "*provider-metal-stack*"))
	if err != nil || len(logs) == 0 {
		return fmt.Errorf("cannot find the provider's log in %s: %w", w.Cluster.Logs(), err)
	}
	debug := false
	for _, file := range logs {
		b, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		for line := range strings.SplitSeq(string(b), "\n") {
			if strings.Contains(line, "is forbidden: User") {
				return fmt.Errorf("the provider lacks a right: %s", line)
			}
			if shown := Shown(line); shown != "" {
				return fmt.Errorf("the provider's log shows a secret: %s", shown)
			}
			debug = debug || strings.Contains(line, "DEBUG")
		}
	}
	if !debug {
		return errors.New("the provider's log is not that of debug level: nothing was proved of it")
	}
	return nil
}

// secretsShown in what the story's namespace holds, Secrets excepted.
func (s *Story) secretsShown(ctx context.Context) error {
	for _, gvk := range []schema.GroupVersionKind{
		XCluster, XFirewall, XClusterClaim, Network, Firewall, Machine, IP, v1alpha1.ProviderConfigGroupVersionKind, v1alpha1.ClusterProviderConfigGroupVersionKind, v1alpha1.ProviderConfigUsageGroupVersionKind,
		{Version: "v1", Kind: "Event"},
		{Group: "events.k8s.io", Version: "v1", Kind: "Event"},
	} {
		l := &unstructured.UnstructuredList{}
		l.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
		if err := s.Kube.List(ctx, l, client.InNamespace(s.Namespace)); err != nil && !meta.IsNoMatchError(err) {
			return err
		}
		b, err := json.Marshal(l.Items)
		if err != nil {
			return err
		}
		if shown := Shown(string(b)); shown != "" {
			return fmt.Errorf("a %s shows a secret: %s", gvk.Kind, shown)
		}
	}
	return nil
}

// Shown is where a text shows something that nobody may see, with what is around
// it; "" if it does not.
func Shown(text string) string {
	for _, secret := range []string{hidden, encoded(AdminKey), encoded(ViewKey), encoded(Token), encoded(UserData)} {
		if i := strings.Index(text, secret); i >= 0 {
			return text[max(0, i-200):min(len(text), i+200)]
		}
	}
	return ""
}

func encoded(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
