package rest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal/rest"
)

const (
	uid       = "6a1f0e5c-3d0b-4c55-9d1e-0f2a5b7c8d9e"
	networkID = "4f1c2b3a-0000-4000-8000-000000000001"
	machineID = "00000000-0000-0000-0000-000000000001"
	projectID = "00000000-0000-0000-0000-000000000001"
	key       = "open-sesame"
)

func config(url string) metal.Config {
	return metal.Config{URL: url + "/metal", Type: v1alpha1.CredentialsHMAC, HMACAuthType: v1alpha1.HMACAuthTypeEdit, Secret: key}
}

func open(t *testing.T, cfg metal.Config, o ...rest.Option) metal.Stack {
	t.Helper()
	s, err := rest.New(cfg, o...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if c, ok := s.(io.Closer); !ok || c.Close() != nil {
			t.Error("a stack must be one that can be closed")
		}
	})
	return s
}

// answering is a stack behind which every request gets the same answer.
func answering(t *testing.T, status int, contentType, body string) metal.Stack {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return open(t, config(server.URL))
}

// said is an error as metal-api writes it: JSON in a JSON string.
func said(status int, message string) string {
	inner, err := json.Marshal(map[string]any{"statuscode": status, "message": message})
	if err != nil {
		panic(err)
	}
	outer, err := json.Marshal(string(inner))
	if err != nil {
		panic(err)
	}
	return string(outer)
}

func asError(t *testing.T, err error) *metal.Error {
	t.Helper()
	var e *metal.Error
	if !errors.As(err, &e) {
		t.Fatalf("want a *metal.Error, got %T: %v", err, err)
	}
	if e.Attempted == "" || e.Message == "" {
		t.Errorf("an error must say what was attempted and what happened: %#v", e)
	}
	return e
}

var marks = metal.Marks{UID: uid, Resource: "default/x-cellent", ProviderConfig: "c0ffee00-0000-4000-8000-000000000000"}

func networkOrder() metal.NetworkOrder {
	return metal.NetworkOrder{
		Name:              "x-cellent",
		Marks:             marks,
		NetworkParameters: v1alpha1.NetworkParameters{Partition: "mini-lab", ProjectID: projectID},
	}
}

func firewallOrder() metal.MachineOrder {
	private, internet := networkID, "internet-mini-lab"
	return metal.MachineOrder{
		Name:     "x-cellent",
		Hostname: "x-cellent-firewall",
		Marks:    marks,
		UserData: []byte("#cloud-config\n"),
		Role:     metal.MachineRoleFirewall,
		Image:    "firewall-ubuntu-3.0",
		AllocationParameters: v1alpha1.AllocationParameters{
			Partition: "mini-lab", ProjectID: projectID, Size: "v1-small-x86",
			PrivateNetworkID: &private,
			Networks:         []v1alpha1.AllocationNetwork{{Name: "internet", NetworkID: &internet}},
		},
	}
}

// calls is every method of a stack, by its operation at metal-api.
func calls(s metal.Stack) map[string]func(t *testing.T) error {
	return map[string]func(t *testing.T) error{
		"getMe":               func(t *testing.T) error { t.Helper(); _, err := s.Role(t.Context()); return err },
		"info":                func(t *testing.T) error { t.Helper(); _, err := s.Version(t.Context()); return err },
		"findPartition":       func(t *testing.T) error { t.Helper(); return gone(s.Partition(t.Context(), "mini-lab")) },
		"findProjects":        func(t *testing.T) error { t.Helper(); return gone(s.Project(t.Context(), projectID)) },
		"findSize":            func(t *testing.T) error { t.Helper(); return s.SizeExists(t.Context(), "v1-small-x86") },
		"findLatestImage":     func(t *testing.T) error { t.Helper(); return gone(s.Image(t.Context(), "firewall-ubuntu-3.0")) },
		"getFilesystemLayout": func(t *testing.T) error { t.Helper(); return gone(s.FileSystemLayout(t.Context(), "default")) },
		"findNetworks":        func(t *testing.T) error { t.Helper(); return gone(s.Network(t.Context(), networkID)) },
		"findIPs":             func(t *testing.T) error { t.Helper(); return gone(s.IP(t.Context(), "203.0.113.130")) },
		"findMachines":        func(t *testing.T) error { t.Helper(); return gone(s.Machine(t.Context(), machineID)) },
		"createProject": func(t *testing.T) error {
			t.Helper()
			return gone(s.CreateProject(t.Context(), metal.ProjectOrder{ProjectParameters: v1alpha1.ProjectParameters{TenantID: "metal-stack"}, Name: "p", Marks: marks}))
		},
		"deleteProject":    func(t *testing.T) error { t.Helper(); return s.DeleteProject(t.Context(), projectID) },
		"allocateNetwork":  func(t *testing.T) error { t.Helper(); return gone(s.AllocateNetwork(t.Context(), networkOrder())) },
		"allocateFirewall": func(t *testing.T) error { t.Helper(); return gone(s.AllocateMachine(t.Context(), firewallOrder())) },
		"updateNetwork": func(t *testing.T) error {
			t.Helper()
			return s.UpdateNetwork(t.Context(), networkID, metal.NetworkUpdate{Shared: true})
		},
		"updateMachine": func(t *testing.T) error {
			t.Helper()
			return s.UpdateMachine(t.Context(), machineID, metal.MachineUpdate{Tags: []string{"a"}})
		},
		"freeNetwork": func(t *testing.T) error { t.Helper(); return s.FreeNetwork(t.Context(), networkID) },
		"freeMachine": func(t *testing.T) error { t.Helper(); return s.FreeMachine(t.Context(), machineID) },
	}
}

var errGone = errors.New("gone")

// gone makes an error of a nil without one: for a find, the proof that there
// is no such thing.
func gone[T any](v *T, err error) error {
	if err == nil && v == nil {
		return fmt.Errorf("%w: %T", errGone, v)
	}
	return err
}

// One metal-api has one address, however it is spelled.
func TestAddress(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"https://api.example.org/metal", "https://api.example.org/metal/", "HTTPS://API.example.org/metal"} {
		s := open(t, metal.Config{URL: url, Secret: "key"})
		if got := s.Address(); got != "https://api.example.org/metal" {
			t.Errorf("%s: got %s", url, got)
		}
	}
	if got := open(t, metal.Config{URL: "https://api.example.org/Metal", Secret: "key"}).Address(); got != "https://api.example.org/Metal" {
		t.Errorf("want another path to be another, got %s", got)
	}
}
