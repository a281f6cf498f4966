package allocation

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/canonical"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

func TestDrift(t *testing.T) {
	t.Parallel()
	marks := metal.Marks{UID: "us", Resource: "default/f", ProviderConfig: "pc"}
	system := []string{"machine.metal-stack.io/rack=r1", "machine.metal-stack.io/network.primary.asn=4210000001"}
	tags := func(more ...string) []string { return canonical.Set(append(append(marks.Tags(), system...), more...)) }
	firewall := func(change func(*metal.Machine)) metal.Machine {
		f := metal.Machine{
			Hostname: "f", Name: "f", Size: "v1", Image: "firewall-ubuntu-3.0.20260101", Tags: tags(),
			Networks: []metal.Attachment{{NetworkID: "internet", IPs: []string{"203.0.113.1", "2001:db8::1"}}, {NetworkID: "private", Private: true, Primary: true}, {NetworkID: "underlay", Underlay: true}},
		}
		change(&f)
		return f
	}
	same := func(*metal.Machine) {}
	type params = v1alpha1.AllocationParameters
	type want struct {
		Repairable, Fixed []string
		Update            metal.MachineUpdate
		Stuck             int
	}
	cases := map[string]struct {
		reason string
		p      params
		f      metal.Machine
		want   want
		wrote  memory.Written
	}{
		"SaysNothing": {reason: "what the spec leaves out does not differ", f: firewall(same)},
		"Equal": {
			"tags and networks are sets, system tags are no drift, addresses have many spellings",
			params{
				Size: "v1", PrivateNetworkID: new("private"),
				Networks: []v1alpha1.AllocationNetwork{{NetworkID: new("internet"), IPs: []v1alpha1.IPAddress{"2001:DB8:0::1"}}},
				Tags:     []v1alpha1.Tag{"b", "a=1"}, SSHPublicKeys: []v1alpha1.SSHPublicKey{"k2", "k1"},
			},
			firewall(func(f *metal.Machine) { f.Tags = tags("a=1", "b"); f.SSHPublicKeys = []string{"k1", "k2\n"} }),
			want{},
			nil,
		},
		"Description": {"empty is absent, and theirs stays", params{Description: new("")}, firewall(func(f *metal.Machine) { f.Description = "x" }), want{}, nil},
		"Tags":        {"a key has one value; those of others are kept", params{Tags: []v1alpha1.Tag{"a=1"}}, firewall(func(f *metal.Machine) { f.Tags = tags("a=2", "theirs") }), want{Repairable: []string{"tags"}, Update: metal.MachineUpdate{Tags: tags("a=1", "theirs")}}, nil},
		"MarksLost":   {"the marks are no tag of the spec", params{}, firewall(func(f *metal.Machine) { f.Tags = canonical.Set(system) }), want{Update: metal.MachineUpdate{Tags: tags()}}, nil},
		"Keys":        {"as a set", params{SSHPublicKeys: []v1alpha1.SSHPublicKey{"k1"}}, firewall(func(f *metal.Machine) { f.SSHPublicKeys = []string{"k1", "k2"} }), want{Repairable: []string{"sshPublicKeys"}, Update: metal.MachineUpdate{SSHPublicKeys: []string{"k1"}}}, nil},
		"Fixed": {
			"what is fixed at creation",
			params{
				Size: "v2", Hostname: new("g"), Name: new("g"), PrivateNetworkID: new("other"), FileSystemLayout: new("l"),
				Networks:   []v1alpha1.AllocationNetwork{{NetworkID: new("internet"), IPs: []v1alpha1.IPAddress{"203.0.113.2"}}},
				DNSServers: []v1alpha1.IPAddress{"1.1.1.1"}, NTPServers: []v1alpha1.NTPServer{"ntp"},
			},
			firewall(same),
			want{Fixed: []string{"size", "hostname", "name", "fileSystemLayout", "privateNetworkID", "networks[].ips", "dnsServers", "ntpServers"}},
			nil,
		},
		"Blank": {
			"tags are compared byte for byte", params{Tags: []v1alpha1.Tag{"team=storage "}}, firewall(func(f *metal.Machine) { f.Tags = tags("team=storage ", "owner: jane ", "gpu", "gpu=a100") }), want{}, nil,
		},
		"Forgotten": {
			"what was written and is wanted no more goes, and what others wrote stays",
			params{Tags: []v1alpha1.Tag{"env=prod"}},
			firewall(func(f *metal.Machine) { f.Tags, f.Description = tags("env=dev", "cost-center=47", "team=a"), "ours" }),
			want{Repairable: []string{"description", "tags"}, Update: metal.MachineUpdate{Description: new(""), Tags: tags("env=prod", "team=a")}},
			memory.Written{"tags": {"cost-center=47", "env=dev", "team=b"}, "description": {"ours"}},
		},
		"ChangedByOthers": {
			"what others wrote over ours is theirs",
			params{},
			firewall(func(f *metal.Machine) { f.Tags, f.Description = tags("env=qa"), "theirs" }),
			want{},
			memory.Written{"tags": {"env=dev"}, "description": {"ours"}},
		},
		"KeysGone": {
			"metal-api takes no empty list of keys",
			params{},
			firewall(func(f *metal.Machine) { f.SSHPublicKeys = []string{"k"} }),
			want{Stuck: 1},
			memory.Written{"sshPublicKeys": {"some"}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mg := &v1alpha1.Firewall{Spec: v1alpha1.FirewallSpec{ForProvider: v1alpha1.FirewallParameters{AllocationParameters: tc.p}}}
			none := Role[*v1alpha1.Firewall]{Fixed: func(*v1alpha1.Firewall, *metal.Machine) []controller.Field { return nil }}
			got := want{
				Repairable: repairable(&tc.p, &tc.f, tc.wrote),
				Fixed:      differing(New(none, nil, NewDesk()).Fixed(mg, &tc.f)),
				Update:     update(&tc.p, &tc.f, marks, tc.wrote),
				Stuck:      len(stuck(&tc.p, &tc.f, tc.wrote)),
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// differing fields that both sides say something of.
func differing(fields []controller.Field) []string {
	var names []string
	for _, f := range fields {
		if f.Differs(nil) {
			names = append(names, f.Name)
		}
	}
	return names
}
