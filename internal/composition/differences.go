package composition

import (
	"cmp"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"k8s.io/utils/ptr"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/canonical"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
)

// A reason to replace a firewall: a field of an XFirewall, and what there is to say of it.
type reason struct {
	field, says string
}

// reasons to replace a firewall.
type reasons []reason

// String is what is said of them.
func (r reasons) String() string {
	says := make([]string, 0, len(r))
	for _, one := range r {
		says = append(says, one.says)
	}
	return strings.Join(says, ", ")
}

// fields that they are about.
func (r reasons) fields() string {
	fields := make([]string, 0, len(r))
	for _, one := range r {
		fields = append(fields, one.field)
	}
	return strings.Join(fields, ",")
}

// whyReplace the current firewall by another one.
func (g *gateway) whyReplace() reasons {
	if !allocated(g.current) {
		return nil // It is what it should be, when it is created.
	}
	if g.next == nil && g.current.Status.AtProvider.MachineID == "" {
		return nil // It is not known what it is.
	}
	out := differences(g.want, g.current)
	limit, since := durationOf(g.x.Spec.HealthTimeout, 0), g.current.Status.AtProvider.CrashLoopSince
	if limit == 0 || since == nil {
		return out
	}
	if left := limit - g.Now.Sub(since.Time); left > 0 {
		g.again(left)
		return out
	}
	return append(out, reason{"healthTimeout", "in a crash loop for " + limit.String()})
}

// differences between the firewall that is wanted and one that is there: what a person can
// change of it. What a newer version composes in another way is none.
func differences(want, is *v1alpha1.Firewall) reasons {
	a, b := canonicalFirewall(want), canonicalFirewall(is)
	var out reasons
	if !isImage(want.Spec.ForProvider.Image, is) {
		out = append(out, reason{"image", fmt.Sprintf("image %s instead of %s", want.Spec.ForProvider.Image, is.Spec.ForProvider.Image)})
	}
	for _, field := range sortedKeys(a) {
		if a[field] != b[field] && !madeWith(want, is, field) {
			out = append(out, reason{field, field})
		}
	}
	if token := want.GetAnnotations()[clusterv1alpha1.AnnotationRollToken]; token != "" && token != is.GetAnnotations()[clusterv1alpha1.AnnotationRollToken] {
		out = append(out, reason{"rollToken", "rollToken " + token})
	}
	return out
}

// madeWith is true if a machine was asked for with what is wanted of a field, whatever its
// Firewall says of that by now: somebody has written there, and it is set back.
func madeWith(want, is *v1alpha1.Firewall, field string) bool {
	asked, p := memory.Of(is), canonical.Parameters(&want.Spec.ForProvider.AllocationParameters)
	says := map[string]string{
		"size": p.Size, "rules": canonical.SpellRules(want.Spec.ForProvider.Rules),
		"dnsServers": strings.Join(canonical.Strings(p.DNSServers), ", "), "ntpServers": strings.Join(canonical.Strings(p.NTPServers), ", "),
	}
	wanted, known := says[field]
	return known && asked != nil && len(asked.Fixed) > 0 && asked.Fixed[field] == memory.Digest(wanted)
}

// isImage is true if a firewall has an image, in full or short.
func isImage(image string, is *v1alpha1.Firewall) bool {
	has := is.Status.AtProvider.Image
	return image == is.Spec.ForProvider.Image || image == has || strings.HasPrefix(has, image+".")
}

// canonicalFirewall is what a person can change of a firewall, by field.
func canonicalFirewall(f *v1alpha1.Firewall) map[string]string {
	p := canonical.Parameters(&f.Spec.ForProvider.AllocationParameters)
	var networks []any
	slices.SortFunc(p.Networks, func(a, b v1alpha1.AllocationNetwork) int {
		return cmp.Compare(ptr.Deref(a.NetworkID, ""), ptr.Deref(b.NetworkID, ""))
	})
	for _, n := range p.Networks {
		var refs []string
		for _, r := range n.IPRefs {
			refs = append(refs, r.Name)
		}
		networks = append(networks, []any{ptr.Deref(n.NetworkID, ""), n.IPs, canonical.Set(refs), n.AddressFamilies})
	}
	spell := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			return err.Error() // What was read can be written.
		}
		return string(b)
	}
	return map[string]string{
		"size": p.Size, "rules": canonical.SpellRules(f.Spec.ForProvider.Rules), "networks": spell(networks), "sshPublicKeys": spell(p.SSHPublicKeys),
		"userDataSecretRef": spell(p.UserDataSecretRef), "dnsServers": spell(p.DNSServers), "ntpServers": spell(p.NTPServers),
	}
}

// wishOf a firewall: the same for the same.
func wishOf(want *v1alpha1.Firewall) string {
	h := fnv.New32a()
	all := canonicalFirewall(want)
	for _, field := range sortedKeys(all) {
		_, _ = fmt.Fprintln(h, field, all[field]) // A hash takes everything.
	}
	_, _ = fmt.Fprintln(h, want.Spec.ForProvider.Image, want.GetAnnotations()[clusterv1alpha1.AnnotationRollToken])
	return fmt.Sprintf("%08x", h.Sum32())
}
