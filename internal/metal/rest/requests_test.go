package rest_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// A request as metal-api gets it.
type request struct {
	Method, Path string
	Body         map[string]any
}

// recording answers every request with body, and tells the last one.
func recording(t *testing.T, status int, body string) (metal.Stack, func() request) {
	t.Helper()
	var last request
	s := open(t, config(serve(t, func(w http.ResponseWriter, r *http.Request) {
		last = request{Method: r.Method, Path: r.URL.Path}
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if len(sent) > 0 {
			if err := json.Unmarshal(sent, &last.Body); err != nil {
				t.Errorf("%s: %s", err, sent)
			}
		}
		w.Header().Set("Content-Type", jsonType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})))
	return s, func() request { return last }
}

func object(t *testing.T, s string) map[string]any {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal([]byte(s), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestAllocateNetwork(t *testing.T) {
	t.Parallel()
	yes, length, text := true, int32(24), "d"
	cases := map[string]struct {
		reason string
		order  v1alpha1.NetworkParameters
		want   string
	}{
		"Least": {
			"metal-api chooses what is left out",
			v1alpha1.NetworkParameters{},
			`{"labels":{` + markLabels + `},"destinationprefixes":[]}`,
		},
		"BothFamilies": {
			"both families are asked for by none",
			v1alpha1.NetworkParameters{AddressFamilies: []v1alpha1.AddressFamily{v1alpha1.IPv4, v1alpha1.IPv6}},
			`{"labels":{` + markLabels + `},"destinationprefixes":[]}`,
		},
		"All": {
			"every field arrives",
			v1alpha1.NetworkParameters{
				Description: &text, Labels: map[string]v1alpha1.NetworkLabelValue{"a": ""}, AddressFamilies: []v1alpha1.AddressFamily{v1alpha1.IPv4},
				PrefixLengths: &v1alpha1.PrefixLengths{IPv4: &length}, Shared: &yes, NAT: &yes, DestinationPrefixes: []v1alpha1.CIDR{"10.0.0.0/8"},
			},
			`{"description":"d","labels":{` + markLabels + `,"a":""},"addressfamily":"IPv4","length":{"IPv4":24},"shared":true,"nat":true,"destinationprefixes":["10.0.0.0/8"]}`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, last := recording(t, 201, aNetwork)
			o := networkOrder()
			tc.order.Partition, tc.order.ProjectID = o.Partition, o.ProjectID
			o.NetworkParameters = tc.order
			got, err := s.AllocateNetwork(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(wantNetwork(), got); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
			want := object(t, tc.want)
			want["name"], want["partitionid"], want["projectid"] = "x-cellent", "mini-lab", projectID
			if diff := cmp.Diff(request{Method: http.MethodPost, Path: "/metal/v1/network/allocate", Body: want}, last()); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestUpdateNetwork(t *testing.T) {
	t.Parallel()
	name, empty := "new", ""
	cases := map[string]struct {
		update metal.NetworkUpdate
		want   string
	}{
		"Nothing":          {metal.NetworkUpdate{}, `{"id":"n"}`},
		"ClearDescription": {metal.NetworkUpdate{Description: &empty}, `{"id":"n","description":""}`},
		"All":              {metal.NetworkUpdate{Name: &name, Description: &name, Labels: map[string]string{"a": ""}, Shared: true}, `{"id":"n","name":"new","description":"new","labels":{"a":""},"shared":true}`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, last := recording(t, 200, aNetwork)
			if err := s.UpdateNetwork(t.Context(), "n", tc.update); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(request{Method: http.MethodPost, Path: "/metal/v1/network", Body: object(t, tc.want)}, last()); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}

func TestAllocateFirewall(t *testing.T) {
	t.Parallel()
	least := `{"name":"x-cellent","hostname":"x-cellent-firewall","partitionid":"mini-lab","projectid":"` + projectID + `","sizeid":"v1-small-x86","imageid":"firewall-ubuntu-3.0",
		"user_data":"I2Nsb3VkLWNvbmZpZwo=","ssh_pub_keys":[],"tags":[` + markTags + `],"ips":[],"dns_servers":[],"ntp_servers":[],"placement_tags":[],
		"firewall_rules":{"egress":[],"ingress":[]},
		"networks":[{"networkid":"` + networkID + `","autoacquire":true},{"networkid":"internet-mini-lab","autoacquire":true}]}`
	text, no := "d", false

	cases := map[string]struct {
		reason string
		change func(o *metal.MachineOrder)
		want   map[string]any
	}{
		"Least": {"no rules are sent as such: all forwarding is dropped", func(*metal.MachineOrder) {}, nil},
		"All": {
			"every field arrives, protocols in lower case, and nobody takes our marks",
			func(o *metal.MachineOrder) {
				o.Description, o.FileSystemLayout = &text, &text
				o.Networks[0].AutoAcquire = &no
				o.Networks[0].IPs = []v1alpha1.IPAddress{"203.0.113.131", "203.0.113.130"}
				o.Tags = []v1alpha1.Tag{"z", "a=b", "metal-stack.crossplane.io/uid=another"}
				o.SSHPublicKeys = []v1alpha1.SSHPublicKey{"ssh-ed25519 AAAA"}
				o.DNSServers = []v1alpha1.IPAddress{"9.9.9.9"}
				o.NTPServers = []v1alpha1.NTPServer{"ntp.example.org"}
				o.PlacementTags = []v1alpha1.Tag{"here"}
				o.Rules = &v1alpha1.FirewallRules{
					Egress:  []v1alpha1.EgressRule{{Comment: "names", Protocol: v1alpha1.UDP, Ports: []v1alpha1.Port{53}, To: []v1alpha1.CIDR{"9.9.9.9/32"}}},
					Ingress: []v1alpha1.IngressRule{{Protocol: v1alpha1.TCP, Ports: []v1alpha1.Port{443}, From: []v1alpha1.CIDR{"0.0.0.0/0"}, To: []v1alpha1.CIDR{"10.0.4.0/24"}}},
				}
			},
			object(t, `{"description":"d","filesystemlayoutid":"d","ips":["203.0.113.130","203.0.113.131"],"tags":["a=b","here",`+markTags+`,"z"],
				"ssh_pub_keys":["ssh-ed25519 AAAA"],"dns_servers":[{"ip":"9.9.9.9"}],"ntp_servers":[{"address":"ntp.example.org"}],"placement_tags":["here"],
				"firewall_rules":{"egress":[{"comment":"names","protocol":"udp","ports":[53],"to":["9.9.9.9/32"]}],
					"ingress":[{"protocol":"tcp","ports":[443],"from":["0.0.0.0/0"],"to":["10.0.4.0/24"]}]},
				"networks":[{"networkid":"`+networkID+`","autoacquire":true},{"networkid":"internet-mini-lab","autoacquire":false}]}`),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, last := recording(t, 200, aMachine)
			o := firewallOrder()
			tc.change(&o)
			got, err := s.AllocateMachine(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(wantFirewall(), got); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
			want := object(t, least)
			maps.Copy(want, tc.want)
			if diff := cmp.Diff(request{Method: http.MethodPost, Path: "/metal/v1/firewall/allocate", Body: want}, last()); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestUpdateFirewall(t *testing.T) {
	t.Parallel()
	empty := ""
	cases := map[string]struct {
		update metal.MachineUpdate
		want   string
	}{
		"Nothing":          {metal.MachineUpdate{}, `{"id":"m","description":null,"tags":null,"ssh_pub_keys":null}`},
		"ClearDescription": {metal.MachineUpdate{Description: &empty}, `{"id":"m","description":"","tags":null,"ssh_pub_keys":null}`},
		"Lists":            {metal.MachineUpdate{Tags: []string{"a"}, SSHPublicKeys: []string{"k"}}, `{"id":"m","description":null,"tags":["a"],"ssh_pub_keys":["k"]}`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, last := recording(t, 200, aMachine)
			if err := s.UpdateMachine(t.Context(), "m", tc.update); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(request{Method: http.MethodPost, Path: "/metal/v1/machine", Body: object(t, tc.want)}, last()); diff != "" {
				t.Errorf("null keeps what is\n-want, +got:\n%s", diff)
			}
		})
	}
}
