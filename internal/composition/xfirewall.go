package composition

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
)

// TypeFirewallUpToDate says of a composite whether its firewall is as the spec says, or
// what differs.
const TypeFirewallUpToDate xpv2.ConditionType = "FirewallUpToDate"

// TypeEgressStable says of a composite whether a replacement of its firewall leaves its
// public addresses as they are.
const TypeEgressStable xpv2.ConditionType = "EgressStable"

// typeMayReplace is the provider's word that the Firewall which another one is to replace
// may be freed.
const typeMayReplace xpv2.ConditionType = "MayReplace"

// reasonNotSeen is the provider's, of a machine that metal-stack has not heard of.
const reasonNotSeen xpv2.ConditionReason = "NotSeen"

// reasonFixed is the provider's, of what is not as the spec says and cannot be changed.
const reasonFixed xpv2.ConditionReason = "Fixed"

// gateway is what becomes of the firewalls of an XFirewall: the current one, and the one
// that is to replace it.
type gateway struct {
	*composer

	x    *clusterv1alpha1.XFirewall
	want *v1alpha1.Firewall

	current, next       *v1alpha1.Firewall
	currentKey, nextKey string

	// reasons for a replacement.
	reasons reasons

	// begins is the name of a firewall that is composed to replace the current one.
	begins string

	// failed is the mark of the last replacement that did, and failedMachine what was freed.
	failed, failedMachine string

	says string

	// held is why a replacement is not begun, in short.
	held string
}

// XFirewall is composed of a Firewall with a hostname that a person can read; and of a
// second one, while that replaces the first.
func XFirewall(x *clusterv1alpha1.XFirewall, r Request) Result {
	g := &gateway{composer: newComposer(x, r), x: x.DeepCopy(), failed: x.Status.Failed, failedMachine: x.Status.FailedMachineID}
	g.find()
	if g.current == nil || g.lost(v1alpha1.FirewallGroupVersionKind, g.named()...) {
		g.recover(v1alpha1.FirewallGroupVersionKind, newFirewall(g.x), func(key string, _ client.Object) (naming, bool) {
			return g.called(key), key == KeyFirewall || key == KeyFirewallB
		})
		g.find()
	}
	var made *clusterv1alpha1.Ownership
	word := ""
	if f := g.current; f != nil && f.Status.AtProvider.MachineID != "" {
		p := f.Spec.ForProvider
		made = placeOf(p.Partition, p.ProjectID, f.Spec.ProviderConfigReference, x.Spec.ProviderConfigRef)
		word = stays(&g.x.Spec.Ownership, made)
	}
	networks, known := g.joined(g.x.Spec.Ownership, g.x.Spec.Networks, made != nil, g.joinedByDefault())
	g.x.Spec.Networks = networks
	g.want = newFirewall(g.x)
	switch {
	case g.current != nil:
		if !known {
			g.want.Spec.ForProvider.Networks = g.current.Spec.ForProvider.Networks
		}
		g.replace()
	case known:
		g.first()
	default:
		g.withheld = true // What it waits for says why.
		g.skip(KeyFirewall, "")
	}
	out := clusterv1alpha1.XFirewallObservation{Place: shown(made), FirewallObservation: g.observation()}
	if g.current != nil && g.isBroughtIn(g.current) {
		out.BroughtIn = string(g.current.GetUID())
	}
	out.Message = together([]string{word, g.without(), out.Message, g.saidByDefault("networks")})
	g.out.Status = out
	if g.current != nil && g.current.Status.AtProvider.MachineID != "" {
		g.out.Conditions = append(g.out.Conditions, g.stable(), g.asWanted())
	} else {
		g.out.Conditions = append(g.out.Conditions, noFirewall(x, cmp.Or(g.saidByDefault("networks"), g.without()))...)
	}
	return g.out
}

// without a firewall are those whose old one was freed to be replaced, for a while.
func (g *gateway) without() string {
	if g.current == nil || g.current.Status.AtProvider.MachineID != "" || g.current.GetAnnotations()[v1alpha1.AnnotationReplaces] == "" || g.next != nil {
		return ""
	}
	why := g.current.GetAnnotations()[v1alpha1.AnnotationReplacesFor]
	if why != "" {
		why = " (" + why + ")"
	}
	return "Firewall " + g.current.GetAnnotations()[v1alpha1.AnnotationReplaces] + " was freed to be replaced" + why + ", and there is no firewall until Firewall " + g.current.GetName() + " is allocated: nothing is forwarded"
}

// noFirewall is what is said of a composite without one. In the beginning that is nothing,
// but why none can be made.
func noFirewall(x conditioned, why string) []xpv2.Condition {
	if why == "" && x.GetCondition(TypeFirewallUpToDate).Reason == "" {
		return nil
	}
	return []xpv2.Condition{{Type: TypeFirewallUpToDate, Status: corev1.ConditionFalse, Reason: xpv2.ReasonCreating, Message: cmp.Or(why, "there is no firewall yet")}}
}

// named firewalls of the status: the current one, and the one that is to replace it. What
// is given up is not among them: it would be looked for, and taken back.
func (g *gateway) named() []string {
	var names []string
	for i, f := range g.x.Status.Firewalls {
		if !leftover(i, f) {
			names = append(names, f.Name)
		}
	}
	return names
}

// leftover is true for a firewall of the status that is none any more: behind the current
// one, and to replace nothing.
func leftover(i int, f clusterv1alpha1.FirewallState) bool { return i > 0 && f.Replaces == "" }

// called is a firewall of a key.
func (g *gateway) called(key string) naming {
	n := naming{of: g.x.GetName(), most: longest}
	if key == KeyFirewallB {
		n.as = "b"
	}
	return n
}

// find the current firewall, and the next one: that says which one it replaces.
func (g *gateway) find() {
	a, _ := g.Parts[KeyFirewall].(*v1alpha1.Firewall)
	b, _ := g.Parts[KeyFirewallB].(*v1alpha1.Firewall)
	g.current, g.currentKey, g.next, g.nextKey = a, KeyFirewall, b, KeyFirewallB
	if a == nil || b != nil && (replaces(a, b) || !replaces(b, a) && b.CreationTimestamp.Before(&a.CreationTimestamp)) {
		g.current, g.currentKey, g.next, g.nextKey = b, KeyFirewallB, a, KeyFirewall
	}
	if g.current == nil {
		g.currentKey, g.nextKey = KeyFirewall, KeyFirewallB
	}
}

// joinedByDefault is the network that the firewall was composed with, or the one that is to
// replace it, if nobody named it.
func (g *gateway) joinedByDefault() string {
	for _, f := range []*v1alpha1.Firewall{g.next, g.current} {
		if f == nil {
			continue
		}
		for _, n := range f.Spec.ForProvider.Networks {
			if n.Name == nameDefault {
				return ptr.Deref(n.NetworkID, "")
			}
		}
	}
	return ""
}

func replaces(f, other *v1alpha1.Firewall) bool {
	return f.GetAnnotations()[v1alpha1.AnnotationReplaces] == other.GetName()
}

// first firewall, or the one that a person brought in.
func (g *gateway) first() {
	is, why, known := g.broughtIn()
	switch {
	case !known:
		g.skip(KeyFirewall, "")
	case why != "":
		g.skip(KeyFirewall, fmt.Sprintf("Firewall %s is not taken: %s", is.GetName(), why))
		g.again(freedIn)
	case is != nil:
		shall := g.asItIs(is, "")
		shall.SetName(is.GetName())
		g.out.Parts = append(g.out.Parts, Part{Key: KeyFirewall, Object: shall})
		g.out.Unready = true
	default:
		g.compose(KeyFirewall, g.want.DeepCopy())
	}
}

// strategy of a replacement. What a person has brought in a person replaces.
func (g *gateway) strategy() string {
	if g.current != nil && g.isBroughtIn(g.current) {
		return cmp.Or(g.x.Spec.UpdateStrategy, strategyOnDelete)
	}
	return cmp.Or(g.x.Spec.UpdateStrategy, strategyRoll)
}

func (g *gateway) compose(key string, shall *v1alpha1.Firewall) {
	g.part(key, v1alpha1.FirewallGroupVersionKind, shall, g.called(key))
}

// replace the current firewall, if it shall be another one and may be.
func (g *gateway) replace() {
	g.reasons = g.whyReplace()
	s := g.situation()
	v := s.decide()
	if v.again > 0 {
		g.again(v.again)
	}
	if v.step == stepBegin && !g.mayBegin(&s, &v) {
		v.step = stepHold
	}
	if v.says != "" {
		g.says = fmt.Sprintf("Firewall %s %s", g.current.GetName(), v.says)
	}
	if g.held = v.held; s.failed && g.failedMachine != "" {
		of := "its machine was " + g.failedMachine
		g.says, g.held = g.says+"; "+of, g.held+"; "+of
	}
	if v.step == stepFail {
		g.failed, g.failedMachine = wishOf(g.want), g.next.Status.AtProvider.MachineID
	}
	g.tell(v.step)
	switch {
	case v.step == stepFinish:
		g.out.Left = append(g.out.Left, g.currentKey)
		g.compose(g.nextKey, g.asItIs(g.next, g.current.GetName()))
		if g.next.Status.AtProvider.MachineID != "" {
			// From here on it is the firewall, also if Crossplane knows less next time.
			g.says = beingFreed(g.current.GetName())
			g.current, g.currentKey, g.next, g.nextKey = g.next, g.nextKey, nil, g.currentKey
			g.reasons = differences(g.want, g.current)
		}
		return
	case g.next != nil:
		g.compose(g.currentKey, g.asItIs(g.current, ""))
	default:
		g.compose(g.currentKey, g.asItIs(g.current, g.before(g.current)))
	}
	switch {
	case v.step == stepBegin:
		shall := g.asItIs(&v1alpha1.Firewall{}, g.current.GetName())
		g.compose(g.nextKey, shall)
		if g.begins = shall.GetName(); g.begins != "" {
			g.event(false, "ReplacementBegun", "Firewall %s is being replaced by Firewall %s: %s", g.current.GetName(), g.begins, g.reasons)
		}
	case g.next == nil:
		return
	case v.step == stepAbandon || v.step == stepFail:
		g.out.Left = append(g.out.Left, g.nextKey)
		return
	default:
		g.compose(g.nextKey, g.asItIs(g.next, g.current.GetName()))
	}
	// As long as the current one does its work nothing is missing.
	if ready(g.current) {
		g.out.Unready = false
		g.out.Parts[len(g.out.Parts)-1].Ready = true
	}
}

// tell what happens to a firewall, when it does.
func (g *gateway) tell(what step) {
	switch what {
	case stepFinish:
		g.event(false, "Replaced", "Firewall %s, with machine %s, is freed: Firewall %s replaces it", g.current.GetName(), cmp.Or(g.current.Status.AtProvider.MachineID, "none"), g.next.GetName())
	case stepFail:
		g.event(true, "ReplacementFailed", "Firewall %s did not phone home in time, and its machine %s is freed: Firewall %s stays, and is not replaced for the same again (%s)", g.next.GetName(), g.next.Status.AtProvider.MachineID, g.current.GetName(), g.reasons)
	case stepAbandon:
		g.event(false, "ReplacementStopped", "Firewall %s is not wanted any more, and goes: Firewall %s stays", g.next.GetName(), g.current.GetName())
	case stepHold, stepBegin:
	}
}

// mayBegin a replacement: not before all of those before it are freed.
func (g *gateway) mayBegin(s *situation, v *verdict) bool {
	found, known := g.all(v1alpha1.FirewallGroupVersionKind)
	s.leaving = slices.ContainsFunc(found, func(o metav1.PartialObjectMetadata) bool {
		return o.GetName() != g.current.GetName() && g.leaves(&o)
	})
	if known && s.leaving {
		*v = s.decide()
		g.again(v.again)
	}
	return known && !s.leaving
}

// leaves is true for a Firewall of this that is being freed.
func (g *gateway) leaves(o *metav1.PartialObjectMetadata) bool {
	key := o.GetAnnotations()[annotationKey]
	return o.GetDeletionTimestamp() != nil && (key == KeyFirewall || key == KeyFirewallB) && o.GetLabels()[clusterv1alpha1.LabelOf] == g.x.GetName()
}

func beingFreed(name string) string {
	return "Firewall " + name + ", which was replaced, is being freed"
}

// before a firewall there was another one, which is still being freed: its name, or none.
func (g *gateway) before(is *v1alpha1.Firewall) string {
	name := is.GetAnnotations()[v1alpha1.AnnotationReplaces]
	if name == "" {
		return ""
	}
	found, known := g.all(v1alpha1.FirewallGroupVersionKind)
	leaves := slices.ContainsFunc(found, func(o metav1.PartialObjectMetadata) bool { return o.GetName() == name && g.leaves(&o) })
	if !known || leaves {
		if g.says == "" && leaves {
			g.says = beingFreed(name)
		}
		g.again(freedIn)
		return name
	}
	if is.GetAnnotations()[v1alpha1.AnnotationRecreate] == "true" && !ready(is) {
		return name // It is being replaced until it is there.
	}
	return ""
}

// asItIs stays a firewall in all that makes it another one. It replaces another one, by
// name, or none. One that stands for nothing yet is as it should be.
func (g *gateway) asItIs(is *v1alpha1.Firewall, replaces string) *v1alpha1.Firewall {
	f := g.want.DeepCopy()
	// What is being deleted may be gone already: what is made then is as it should be.
	if allocated(is) && is.GetDeletionTimestamp() == nil {
		f.SetAnnotations(nil)
		if token := is.GetAnnotations()[clusterv1alpha1.AnnotationRollToken]; token != "" {
			meta.AddAnnotations(f, map[string]string{clusterv1alpha1.AnnotationRollToken: token})
		}
		p, was := &f.Spec.ForProvider, is.Spec.ForProvider
		if !isImage(p.Image, is) {
			p.Image = was.Image
		}
		if !madeWith(g.want, is, "size") {
			p.Size = was.Size
		}
		if !madeWith(g.want, is, "rules") {
			p.Rules = was.Rules
		}
		if !madeWith(g.want, is, "dnsServers") {
			p.DNSServers = was.DNSServers
		}
		if !madeWith(g.want, is, "ntpServers") {
			p.NTPServers = was.NTPServers
		}
		p.Networks, p.SSHPublicKeys, p.UserDataSecretRef = was.Networks, was.SSHPublicKeys, was.UserDataSecretRef
	}
	broughtIn := g.isBroughtIn(is) && is.GetDeletionTimestamp() == nil
	if replaces != "" || broughtIn {
		g.keepFixed(f, is)
	}
	if broughtIn {
		meta.AddAnnotations(f, map[string]string{clusterv1alpha1.AnnotationBringInto: g.x.GetName()})
	}
	if replaces != "" {
		meta.AddAnnotations(f, map[string]string{v1alpha1.AnnotationReplaces: replaces})
		why := g.reasons.fields()
		if is == g.current {
			why = is.GetAnnotations()[v1alpha1.AnnotationReplacesFor] // It is under way.
		}
		if why != "" {
			meta.AddAnnotations(f, map[string]string{v1alpha1.AnnotationReplacesFor: why})
		}
		if g.strategy() == strategyRecreate || is.GetAnnotations()[v1alpha1.AnnotationRecreate] == "true" && g.next == nil {
			meta.AddAnnotations(f, map[string]string{v1alpha1.AnnotationRecreate: "true"})
		}
	}
	return f
}

// keepFixed keeps what is fixed at creation, of one firewall after the other: a selector may lead
// elsewhere by now.
func (g *gateway) keepFixed(f, is *v1alpha1.Firewall) {
	p, was := &f.Spec.ForProvider, is.Spec.ForProvider
	network, host, name := was.PrivateNetworkID, was.Hostname, was.Name
	if g.current != nil && is != g.current {
		at := g.current.Status.AtProvider
		network, host, name = pointer(at.PrivateNetworkID), pointer(at.Hostname), pointer(at.Hostname)
		if g.isBroughtIn(g.current) {
			host = nil // Nobody has named it here.
		}
	}
	if network != nil {
		// A reference stays: the provider sees to it that it leads there, and waits for it.
		p.PrivateNetworkID, p.PrivateNetworkIDSelector = network, nil
	}
	if host != nil {
		p.Hostname, p.Name = host, name
	}
}

// allocated is true for a Firewall that stands for a machine, or may.
func allocated(f *v1alpha1.Firewall) bool {
	return standsFor(f, f.Status.AtProvider.MachineID)
}

// standsFor an id at metal-stack, or may, does a part that shows one or has begun.
func standsFor(o client.Object, id string) bool { return id != "" || memory.Begun(o) }

// situation of the current firewall.
func (g *gateway) situation() situation {
	spec := &g.x.Spec
	s := situation{
		strategy: g.strategy(),
		reasons:  g.reasons,
		failed:   g.failed != "" && g.failed == wishOf(g.want),
		paused:   ptr.Deref(spec.Paused, false),
		leaving:  g.current.GetDeletionTimestamp() != nil,
		kept:     !mayFree(g.current),
		gone:     !allocated(g.current),
	}
	s.closed, s.closes, s.opens, s.wrongWindow = closedFor(spec.MaintenanceWindow, g.Now)
	s.closes = noLaterThan(s.closes)
	if g.next == nil {
		return s
	}
	stays := g.next.GetDeletionTimestamp() == nil
	is := g.next.Status.GetCondition(xpv2.TypeReady)
	n := &successor{
		wished:    len(differences(g.want, g.next)) == 0,
		begun:     allocated(g.next),
		unseen:    is.Status == corev1.ConditionFalse && is.Reason == reasonNotSeen,
		ready:     stays && ready(g.next),
		granted:   stays && granted(g.next),
		stableFor: durationOf(spec.StableFor, 0),
		timeout:   durationOf(spec.CreateTimeout, createTimeout),
	}
	if at := meta.GetExternalCreateSucceeded(g.next); !at.IsZero() && g.next.Status.AtProvider.MachineID != "" {
		// One that is restored begins anew.
		n.age = min(g.Now.Sub(at), g.Now.Sub(g.next.GetCreationTimestamp().Time))
	}
	if n.ready {
		n.readyFor = g.Now.Sub(is.LastTransitionTime.Time)
	}
	if shares(g.next) {
		n.stableFor = 0
	}
	s.next = n
	s.foreign = !g.owns(g.currentKey) || !g.owns(g.nextKey)
	return s
}

// granted is true if the provider has said, of the spec as it is, that the firewall which
// another one is to replace may be freed.
func granted(f *v1alpha1.Firewall) bool {
	c := f.Status.GetCondition(typeMayReplace)
	return c.Status == corev1.ConditionTrue && c.ObservedGeneration == f.GetGeneration()
}

// shares is true for a firewall with addresses that were given to it.
func shares(f *v1alpha1.Firewall) bool {
	return slices.ContainsFunc(f.Spec.ForProvider.Networks, func(n v1alpha1.AllocationNetwork) bool { return len(n.IPs)+len(n.IPRefs) > 0 })
}

// observation of all firewalls that there are: the current one is shown as the firewall.
func (g *gateway) observation() clusterv1alpha1.FirewallObservation {
	out := clusterv1alpha1.FirewallObservation{Failed: g.failed, FailedMachineID: g.failedMachine}
	if g.current == nil && g.withheld {
		return out
	}
	if g.current == nil {
		out.Message = g.notThere(KeyFirewall, "waiting for the Firewall, which is not there yet", "-n "+g.x.GetNamespace()+" describe xfw "+g.x.GetName())
		return out
	}
	at := g.current.Status.AtProvider
	if len(g.reasons) == 0 && at.MachineID != "" {
		out.Failed, out.FailedMachineID = "", "" // It is as it should be.
	}
	out.MachineID, out.LastEvent, out.IPs = at.MachineID, at.LastEvent, at.IPs
	says := []string{g.saidBy("waiting for the provider to look at Firewall", g.current, len(g.current.Status.Conditions), at.Message), g.says}
	if at.MachineID != "" || g.next != nil || g.begins != "" {
		out.Firewalls = append(out.Firewalls, stateOf(g.current, nil))
	}
	if g.next != nil && !slices.Contains(g.out.Left, g.nextKey) {
		next := stateOf(g.next, g.current)
		if m := g.next.Status.AtProvider.Message; m != "" && next.MachineID == "" {
			says = append(says, fmt.Sprintf("Firewall %s: %s", g.next.GetName(), m))
		}
		// Each step of its birth would have all composites composed anew.
		next.LastEvent = ""
		out.Firewalls = append(out.Firewalls, next)
	} else if g.begins != "" {
		out.Firewalls = append(out.Firewalls, clusterv1alpha1.FirewallState{Name: g.begins, Replaces: g.current.GetName()})
	}
	if why := g.nameless[g.nextKey]; why != "" {
		says = append(says, why)
	}
	for _, f := range g.leftovers() {
		out.Firewalls = append(out.Firewalls, stateOf(f, nil))
		says = append(says, fmt.Sprintf("Firewall %s, which is not wanted any more, is being freed", f.GetName()), f.Status.AtProvider.Message)
	}
	out.Message = together(says)
	return out
}

// leftovers of replacements that were taken back, or failed: they are no parts any more, and
// both are there until they are freed.
func (g *gateway) leftovers() (all []*v1alpha1.Firewall) {
	if g.next != nil && slices.Contains(g.out.Left, g.nextKey) && allocated(g.next) {
		g.again(freedIn)
		return []*v1alpha1.Firewall{g.next}
	}
	for i, was := range g.x.Status.Firewalls {
		if !leftover(i, was) || was.Name == g.current.GetName() {
			continue
		}
		found, _ := g.all(v1alpha1.FirewallGroupVersionKind)
		for j := range found {
			if f, ok := g.Full[found[j].GetUID()].(*v1alpha1.Firewall); ok && f.GetName() == was.Name && g.leaves(&found[j]) {
				g.again(freedIn)
				all = append(all, f)
			}
		}
	}
	return all
}

func stateOf(f, replaces *v1alpha1.Firewall) clusterv1alpha1.FirewallState {
	at := f.Status.AtProvider
	s := clusterv1alpha1.FirewallState{Name: f.GetName(), MachineID: at.MachineID, LastEvent: at.LastEvent, Image: at.Image, NewerImage: at.NewerImage, IPs: at.IPs, Ready: ready(f)}
	for _, n := range at.Networks {
		if n.NetworkID == at.PrivateNetworkID {
			s.PrivateIPs = n.IPs
		}
	}
	if replaces != nil {
		s.Replaces = replaces.GetName()
	}
	return s
}

// stable says whether a replacement leaves the addresses of the firewall as they are.
func (g *gateway) stable() xpv2.Condition {
	var loose []string
	// What the firewall has now is lost as well.
	for _, n := range slices.Concat(g.want.Spec.ForProvider.Networks, g.current.Spec.ForProvider.Networks) {
		id := ptr.Deref(n.NetworkID, n.Name)
		if len(n.IPs)+len(n.IPRefs) == 0 && !slices.Contains(loose, id) {
			loose = append(loose, id)
		}
	}
	c := xpv2.Condition{Type: TypeEgressStable, Status: corev1.ConditionTrue, Reason: "StaticAddresses"}
	if len(loose) > 0 {
		c.Status, c.Reason = corev1.ConditionFalse, "EphemeralAddresses"
		c.Message = "a replacement of the firewall changes its addresses in " + strings.Join(loose, ", ") + ": egressIPs of an XCluster, or ips or ipRefs, keep them"
	}
	return c
}

// asWanted says whether the firewall is as the spec says.
func (g *gateway) asWanted() xpv2.Condition {
	c := xpv2.Condition{Type: TypeFirewallUpToDate, Status: corev1.ConditionTrue, Reason: "UpToDate"}
	upToDate := g.current.Status.GetCondition(xpv2.TypeUpToDate)
	switch {
	case len(g.reasons) > 0:
		c.Status, c.Reason = corev1.ConditionFalse, xpv2.ConditionReason(g.strategy())
		c.Message = together([]string{g.reasons.String(), g.held})
		if g.failed != "" && g.failed == wishOf(g.want) {
			c.Reason = "Failed"
		}
		if g.next != nil && g.next.Status.AtProvider.MachineID == "" && g.next.Status.AtProvider.Message != "" {
			c.Message += "; Firewall " + g.next.GetName() + ": " + g.next.Status.AtProvider.Message
		}
	case upToDate.Status == corev1.ConditionFalse && upToDate.Reason == reasonFixed && upToDate.ObservedGeneration == g.current.GetGeneration():
		// The spec of the Firewall is as it should be, and its machine is not.
		c.Status, c.Reason, c.Message = corev1.ConditionFalse, reasonFixed, "Firewall "+g.current.GetName()+": "+upToDate.Message
	}
	return c
}

// newFirewall carries the labels of the XCluster, if there is one.
func newFirewall(x *clusterv1alpha1.XFirewall) *v1alpha1.Firewall {
	s := &x.Spec
	name := cmp.Or(ptr.Deref(s.Hostname, ""), x.GetName())
	f := &v1alpha1.Firewall{ObjectMeta: metav1.ObjectMeta{
		Namespace: x.GetNamespace(),
		Labels:    labels(x.GetName(), nameOf(x), types.UID(x.GetLabels()[clusterv1alpha1.LabelUID])),
	}}
	if s.RollToken != "" {
		f.SetAnnotations(map[string]string{clusterv1alpha1.AnnotationRollToken: s.RollToken})
	}
	f.Spec.ProviderConfigReference = configuration(s.ProviderConfigRef)
	f.Spec.ForProvider = v1alpha1.FirewallParameters{
		Image: s.Image,
		Rules: s.Rules,
		AllocationParameters: v1alpha1.AllocationParameters{
			Partition:         s.Partition,
			ProjectID:         s.ProjectID,
			Size:              s.Size,
			PrivateNetworkID:  s.PrivateNetworkID,
			Hostname:          &name,
			Name:              &name,
			SSHPublicKeys:     s.SSHPublicKeys,
			UserDataSecretRef: s.UserDataSecretRef,
			DNSServers:        s.DNSServers,
			NTPServers:        s.NTPServers,
			Tags:              s.Tags,
		},
	}
	p := &f.Spec.ForProvider
	if r := s.PrivateNetworkIDRef; r != nil && r.Name != "" {
		p.PrivateNetworkIDRef = &v1alpha1.Reference{Name: r.Name}
	}
	if sel := s.PrivateNetworkIDSelector; sel != nil && len(sel.MatchLabels) > 0 {
		p.PrivateNetworkIDSelector = &v1alpha1.Selector{MatchLabels: map[string]string{}}
		for k, v := range sel.MatchLabels {
			p.PrivateNetworkIDSelector.MatchLabels[k] = string(v)
		}
	}
	for _, n := range s.Networks {
		join := v1alpha1.AllocationNetwork{Name: n.Name, NetworkID: pointer(n.NetworkID), IPs: n.IPs, AddressFamilies: n.AddressFamilies}
		for _, r := range n.IPRefs {
			join.IPRefs = append(join.IPRefs, v1alpha1.Reference{Name: r.Name})
		}
		p.Networks = append(p.Networks, join)
	}
	return f
}

// configuration that says where the metal-api is.
func configuration(r clusterv1alpha1.ProviderConfigReference) *xpv2.ProviderConfigReference {
	if r.Name == "" {
		return nil
	}
	return &xpv2.ProviderConfigReference{Kind: r.Kind, Name: r.Name}
}
