package rest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

const (
	markLabels = `"metal-stack.crossplane.io/uid":"` + uid + `","metal-stack.crossplane.io/resource":"default/x-cellent","metal-stack.crossplane.io/provider-config":"c0ffee00-0000-4000-8000-000000000000",` +
		`"metal-stack.crossplane.io/slice":"4","metal-stack.crossplane.io/subslice":"9"`
	markTags = `"metal-stack.crossplane.io/provider-config=c0ffee00-0000-4000-8000-000000000000","metal-stack.crossplane.io/resource=default/x-cellent",` +
		`"metal-stack.crossplane.io/slice=4","metal-stack.crossplane.io/subslice=9","metal-stack.crossplane.io/uid=` + uid + `"`

	aNetwork = `{"id":"` + networkID + `","name":"x-cellent","description":"d","partitionid":"mini-lab","projectid":"` + projectID + `",
		"labels":{` + markLabels + `,"a":""},"prefixes":["2001:db8:0:10::/96","10.0.4.0/22"],"destinationprefixes":["2001:db8::/32","10.0.0.0/8"],
		"nat":false,"nattype":"none","networktype":"child","privatesuper":false,"underlay":false,"shared":false,"vrf":4711,
		"parentnetworkid":"tenant-super-network-mini-lab","consumption":{"ipv4":{"available_ips":1024,"used_ips":3},"ipv6":{"available_ips":99,"used_ips":1}},"usage":{},
		"created":"2026-01-01T10:00:00.123Z","changed":"2026-01-01T10:00:00.123Z"}`

	aMachine = `{"id":"` + machineID + `","liveliness":"Alive","rackid":"test-rack","partition":{"id":"mini-lab"},"size":{"id":"v1-small-x86"},
		"state":{"value":"LOCKED","description":"do not touch"},"tags":["z",` + markTags + `,"machine.metal-stack.io/network.primary.asn=4210000001"],
		"events":{"crash_loop":true,"failed_machine_reclaim":true,"last_event_time":"2026-01-01T11:00:00Z","log":[
			{"event":"Phoned Home","time":"2026-01-01T10:00:05.5Z"},{"event":"Booting New Kernel","time":"2026-01-01T10:00:02Z"}]},
		"allocation":{"allocationuuid":"a-uuid","created":"2026-01-01T10:00:00.123456789Z","name":"x-cellent","hostname":"x-cellent-firewall","description":"d",
			"project":"` + projectID + `","role":"firewall","reinstall":true,"succeeded":false,"image":{"id":"firewall-ubuntu-3.0.20260101"},
			"filesystemlayout":{"id":"default"},"ssh_pub_keys":["ssh-ed25519 BBBB","ssh-ed25519 AAAA"],"user_data":"secret",
			"dns_servers":[{"ip":"9.9.9.9"},{"ip":"1.1.1.1"}],"ntp_servers":[{"address":"ntp.example.org"}],
			"firewall_rules":{"egress":[{"protocol":"udp","ports":[123,53],"to":["9.9.9.9/32","1.1.1.1/32"],"comment":"names"},{"ports":[443],"to":["0.0.0.0/0"]}],
				"ingress":[{"protocol":"tcp","ports":[443],"from":["0.0.0.0/0"]}]},
			"networks":[
				{"networkid":"underlay-mini-lab","ips":["10.1.0.1"],"asn":4210000001,"vrf":0,"private":false,"underlay":true,"networktype":"underlay"},
				{"networkid":"internet-mini-lab","ips":["2001:db8:0:113::1","203.0.113.130"],"asn":4210000001,"vrf":104009,"private":false,"underlay":false,"networktype":"external"},
				{"networkid":"` + networkID + `","ips":["10.0.4.1"],"asn":4210000001,"vrf":4711,"private":true,"underlay":false,"networktype":"privateprimaryunshared"}]}}`
)

func wantNetwork() *metal.Network {
	vrf := int64(4711)
	labels := marks.Labels()
	labels["a"] = ""
	return &metal.Network{
		Created: time.Date(2026, 1, 1, 10, 0, 0, 123000000, time.UTC),
		ID:      networkID, Name: "x-cellent", Description: "d", PartitionID: "mini-lab", ProjectID: projectID,
		Labels: labels, Marks: marks,
		Prefixes:            []string{"10.0.4.0/22", "2001:db8:0:10::/96"},
		DestinationPrefixes: []string{"10.0.0.0/8", "2001:db8::/32"},
		VRF:                 &vrf, ParentNetworkID: "tenant-super-network-mini-lab", Child: true,
		UsedIPs: map[v1alpha1.AddressFamily]int64{v1alpha1.IPv4: 3, v1alpha1.IPv6: 1},
	}
}

func wantFirewall() *metal.Machine {
	return &metal.Machine{
		ID: machineID, AllocationUUID: "a-uuid", Created: time.Date(2026, 1, 1, 10, 0, 0, 123456789, time.UTC),
		Name: "x-cellent", Hostname: "x-cellent-firewall", Description: "d", PartitionID: "mini-lab", ProjectID: projectID,
		Rack: "test-rack", Size: "v1-small-x86", Image: "firewall-ubuntu-3.0.20260101", Role: metal.MachineRoleFirewall,
		Tags: []string{
			"machine.metal-stack.io/network.primary.asn=4210000001",
			"metal-stack.crossplane.io/provider-config=c0ffee00-0000-4000-8000-000000000000",
			"metal-stack.crossplane.io/resource=default/x-cellent",
			"metal-stack.crossplane.io/slice=4", "metal-stack.crossplane.io/subslice=9", "metal-stack.crossplane.io/uid=" + uid, "z",
		},
		Marks: marks,
		Networks: []metal.Attachment{
			{NetworkID: networkID, IPs: []string{"10.0.4.1"}, ASN: 4210000001, VRF: 4711, Private: true, Primary: true},
			{NetworkID: "internet-mini-lab", IPs: []string{"2001:db8:0:113::1", "203.0.113.130"}, ASN: 4210000001, VRF: 104009},
			{NetworkID: "underlay-mini-lab", IPs: []string{"10.1.0.1"}, ASN: 4210000001, Underlay: true},
		},
		SSHPublicKeys: []string{"ssh-ed25519 AAAA", "ssh-ed25519 BBBB"}, FileSystemLayout: "default",
		DNSServers: []string{"9.9.9.9", "1.1.1.1"}, NTPServers: []string{"ntp.example.org"},
		Rules: v1alpha1.FirewallRules{
			Egress: []v1alpha1.EgressRule{
				{Comment: "names", Protocol: v1alpha1.UDP, Ports: []v1alpha1.Port{53, 123}, To: []v1alpha1.CIDR{"1.1.1.1/32", "9.9.9.9/32"}},
				{Protocol: v1alpha1.TCP, Ports: []v1alpha1.Port{443}, To: []v1alpha1.CIDR{"0.0.0.0/0"}},
			},
			Ingress: []v1alpha1.IngressRule{{Protocol: v1alpha1.TCP, Ports: []v1alpha1.Port{443}, From: []v1alpha1.CIDR{"0.0.0.0/0"}}},
		},
		LastEvent: "Phoned Home", LastEventTime: time.Date(2026, 1, 1, 10, 0, 5, 500_000_000, time.UTC),
		Liveliness: "Alive", CrashLoop: true, FailedReclaim: true, Reinstalling: true, Locked: true, LockDescription: "do not touch",
	}
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	s, last := recording(t, 200, "["+aNetwork+"]")
	got, err := s.Network(t.Context(), networkID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wantNetwork(), got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	if r := last(); r.Method != http.MethodPost || r.Path != "/metal/v1/network/find" || r.Body["id"] != networkID {
		t.Errorf("a get would fail with 404 for other reasons too: %v", r)
	}

	all, err := s.NetworksOf(t.Context(), uid)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]metal.Network{*wantNetwork()}, all); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"metal-stack.crossplane.io/uid": uid}, last().Body["labels"]); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	if _, err := s.NetworksOf(t.Context(), "another"); metal.KindOf(err) != metal.Misdirected {
		t.Errorf("a network without the mark is not of that resource: %v", err)
	}

	slice := map[string]string{metal.MarkSlice: "4", metal.MarkSubslice: "9"}
	if all, err = s.NetworksMarked(t.Context(), slice); err != nil || len(all) != 1 {
		t.Errorf("want the network, got %v, %v", all, err)
	}
	if diff := cmp.Diff(map[string]any{metal.MarkSlice: "4", metal.MarkSubslice: "9"}, last().Body["labels"]); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	slice[metal.MarkSubslice] = "8"
	if _, err := s.NetworksMarked(t.Context(), slice); metal.KindOf(err) != metal.Misdirected {
		t.Errorf("a network without one of the marks was not asked for: %v", err)
	}
	if _, err := s.NetworksMarked(t.Context(), nil); metal.KindOf(err) != metal.Invalid {
		t.Errorf("no mark asks for all networks there are: %v", err)
	}
	if _, err := s.NetworksMarked(t.Context(), map[string]string{"default": ""}); metal.KindOf(err) != metal.Misdirected {
		t.Errorf("a network without a label has none of an empty value: %v", err)
	}
}

func TestKindsOfNetworks(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		body string
		want metal.Network
	}{
		"Shared":   {`"networktype":"child-shared","shared":true,"parentnetworkid":"p"`, metal.Network{Shared: true, ParentNetworkID: "p", Child: true}},
		"External": {`"networktype":"external","nat":true`, metal.Network{NAT: true}},
		"Super":    {`"networktype":"super","privatesuper":true`, metal.Network{PrivateSuper: true}},
		"Underlay": {`"networktype":"underlay","underlay":true`, metal.Network{Underlay: true}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := recording(t, 200, `[{"id":"n",`+tc.body+`}]`)
			got, err := s.Network(t.Context(), "n")
			if err != nil {
				t.Fatal(err)
			}
			tc.want.ID, tc.want.UsedIPs = "n", map[v1alpha1.AddressFamily]int64{}
			if diff := cmp.Diff(&tc.want, got); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}

func TestFirewall(t *testing.T) {
	t.Parallel()
	s, last := recording(t, 200, "["+aMachine+"]")
	got, err := s.Machine(t.Context(), machineID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wantFirewall(), got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	if r := last(); r.Path != "/metal/v1/machine/find" || r.Body["id"] != machineID {
		t.Errorf("want a find of machines by id, got %v", r)
	}

	all, err := s.MachinesOf(t.Context(), uid)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]metal.Machine{*wantFirewall()}, all); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	if diff := cmp.Diff([]any{"metal-stack.crossplane.io/uid=" + uid}, last().Body["tags"]); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	if _, err := s.MachinesOf(t.Context(), "another"); metal.KindOf(err) != metal.Misdirected {
		t.Errorf("a machine without the mark is not of that resource: %v", err)
	}

	slice := map[string]string{metal.MarkSlice: "4", metal.MarkSubslice: "9"}
	if all, err = s.MachinesMarked(t.Context(), slice); err != nil || len(all) != 1 {
		t.Errorf("want the firewall, got %v, %v", all, err)
	}
	if diff := cmp.Diff([]any{metal.MarkSlice + "=4", metal.MarkSubslice + "=9"}, last().Body["tags"]); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	slice[metal.MarkSubslice] = "8"
	if _, err := s.MachinesMarked(t.Context(), slice); metal.KindOf(err) != metal.Misdirected {
		t.Errorf("a machine without one of the marks was not asked for: %v", err)
	}
	if _, err := s.MachinesMarked(t.Context(), map[string]string{}); metal.KindOf(err) != metal.Invalid {
		t.Errorf("no mark asks for all machines there are: %v", err)
	}
}

func TestFreeMachineIsNoFirewall(t *testing.T) {
	t.Parallel()
	s, _ := recording(t, 200, `[{"id":"`+machineID+`","tags":[],"allocation":null,"events":{"log":[{"event":"Waiting"}]}}]`)
	if f, err := s.Machine(t.Context(), machineID); f != nil || err != nil {
		t.Errorf("want nil, nil; got %v, %v", f, err)
	}
}

func TestRole(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		groups string
		want   metal.Role
	}{
		"None":   {`["maas-all-all-owner","other-admin"]`, metal.RoleNone},
		"View":   {`["maas-all-all-view"]`, metal.RoleView},
		"Edit":   {`["k8s_kaas-view","k8s_kaas-edit"]`, metal.RoleEdit},
		"Admin":  {`["maas-all-all-admin","maas-all-all-view"]`, metal.RoleAdmin},
		"NoList": {`null`, metal.RoleNone},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := recording(t, 200, `{"EMail":"a@b","Name":"a","Tenant":"t","Groups":`+tc.groups+`}`)
			if got, err := s.Role(t.Context()); got != tc.want || err != nil {
				t.Errorf("want %q, got %q, %v", tc.want, got, err)
			}
		})
	}
}
