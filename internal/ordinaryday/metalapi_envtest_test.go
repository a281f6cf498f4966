//go:build envtest

package ordinaryday

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/metal-stack/security"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// What a mini-lab has, and what is added to it.
const (
	project     = "00000000-0000-0000-0000-000000000001"
	nobodys     = "00000000-0000-0000-0000-00000000beef"
	internet    = "internet-mini-lab"
	image       = "firewall-ubuntu-3.0"
	imageInFull = image + ".20260101"

	address4 = "203.0.113.150"
	another4 = "203.0.113.151"
	address6 = "2001:db8:0:113::150"

	// Those of the maximal firewall, and of one more field: an address is given
	// to one firewall at a time.
	maximal4 = "203.0.113.152"
	maximal6 = "2001:db8:0:113::152"
	single4  = "203.0.113.153"

	// dmz is an external network of one family, third one of both.
	dmz   = "dmz"
	third = "third"

	adminKey = "metal-admin"
)

// A metalAPI is a simulated one that remembers what it was asked for, and that
// can be out of reach.
type metalAPI struct {
	*simulator.Simulator

	url  string
	down atomic.Bool

	mu     sync.Mutex
	orders map[string][]byte // The last allocate by the uid in its mark.
}

func newMetalAPI(t *testing.T) *metalAPI {
	t.Helper()
	sim, err := simulator.New(simulator.Options{Machines: 128, Speed: 100, SuperPrefixes: []string{"10.128.0.0/12", "2001:db8:0:10::/64"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	m := &metalAPI{Simulator: sim, orders: map[string][]byte{}}
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	m.url = server.URL + "/metal"
	for _, ip := range []string{address4, another4, address6, maximal4, maximal6, single4} {
		m.add(t, http.MethodPost, "/v1/ip/allocate/"+ip, object{"networkid": internet, "projectid": project, "type": "static"})
	}
	for id, prefixes := range map[string]list{dmz: {"198.18.0.0/16"}, third: {"198.19.0.0/16", "2001:db8:0:119::/64"}} {
		m.add(t, http.MethodPut, "/v1/network", object{
			"id": id, "prefixes": prefixes, "destinationprefixes": list{}, "nat": false, "privatesuper": false, "underlay": false,
		})
	}
	for i := range 8 {
		for _, address := range []string{machine4(i), machine6(i)} {
			m.add(t, http.MethodPost, "/v1/ip/allocate/"+address, object{"networkid": internet, "projectid": project, "type": "static"})
		}
	}
	m.add(t, http.MethodPut, "/v1/image", object{"id": imageInFull, "url": "http://images.example.org/f", "features": list{"firewall"}})
	return m
}

// add something to what a mini-lab has.
func (m *metalAPI) add(t *testing.T, method, path string, body object) {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, m.url+path, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	auth := security.NewHMACAuth("Metal-Admin", []byte(adminKey))
	auth.AddAuth(r, time.Now(), nil)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if said, _ := io.ReadAll(answer.Body); answer.StatusCode >= http.StatusBadRequest {
		t.Fatalf("%s %s: %d %s", method, path, answer.StatusCode, said)
	}
}

// Addresses of machines that need some of their own.
func machine4(i int) string { return fmt.Sprintf("203.0.113.%d", 160+i) }
func machine6(i int) string { return fmt.Sprintf("2001:db8:0:113::%d", 160+i) }

// marked is the uid in a body that carries a mark.
var marked = regexp.MustCompile(regexp.QuoteMeta(metal.MarkUID) + `["=: ]+([0-9a-f-]{36})`)

// ServeHTTP passes requests on to the simulator.
func (m *metalAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if m.down.Load() {
		panic(http.ErrAbortHandler)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	allocates := strings.Contains(r.URL.Path, "/allocate") || r.Method == http.MethodPut
	if uid := marked.FindSubmatch(body); allocates && uid != nil {
		m.mu.Lock()
		// A wanted address is in the path alone.
		_, address, _ := strings.Cut(r.URL.Path, "/ip/allocate/")
		m.orders[string(uid[1])] = bytes.Replace(body, []byte("{"), fmt.Appendf(nil, `{"address":%q,`, address), 1)
		m.mu.Unlock()
	}
	m.Simulator.ServeHTTP(w, r)
}

// digits of a resource follow from its uid.
var digits = regexp.MustCompile(`(/(?:sub)?slice(?:=|":\s*"))\d`)

// order of a resource, as it was last sent, with UID, RESOURCE and NAME in place
// of what tells two resources apart.
func (m *metalAPI) order(uid, namespace, name string) (any, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	body, ok := m.orders[uid]
	if !ok {
		return nil, fmt.Errorf("nothing was ordered for %s/%s", namespace, name)
	}
	text := strings.NewReplacer(uid, "UID", namespace+"/"+name, "RESOURCE", `"`+name+`"`, `"NAME"`).Replace(string(body))
	text = digits.ReplaceAllString(text, "${1}DIGIT")
	var order any
	return order, json.Unmarshal([]byte(text), &order)
}

// writes to an object at metal-api so far, whatever came of them.
func (m *metalAPI) writes(id string) int {
	n := 0
	for _, e := range m.Journal() {
		if e.ID == id {
			n++
		}
	}
	return n
}
