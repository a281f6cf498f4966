package simulator

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestCosts(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		costs  string
		route  string
		body   string
		least  time.Duration
	}{
		"Request": {
			reason: "Any request has a cost.", costs: `{"request":"50ms"}`, route: "GET /metal/v1/network/internet-mini-lab", least: 50 * time.Millisecond,
		},
		"Find": {
			reason: "A find reads all three networks.", costs: `{"find":"20ms"}`, route: "POST /metal/v1/network/find", body: `{"id":"none"}`, least: 60 * time.Millisecond,
		},
		"Match": {
			reason: "Each of the three in the answer is asked for.", costs: `{"match":"20ms"}`, route: "GET /metal/v1/network", least: 60 * time.Millisecond,
		},
		"Machines": {
			reason: "A find of machines reads both.", costs: `{"find":"30ms"}`, route: "POST /metal/v1/machine/find", body: `{}`, least: 60 * time.Millisecond,
		},
		"Allocate": {
			reason: "An allocate looks at all three.", costs: `{"allocate":"20ms"}`, route: "POST /metal/v1/network/allocate",
			body: `{"projectid":"00000000-0000-0000-0000-000000000001","partitionid":"mini-lab"}`, least: 60 * time.Millisecond,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, err := New(Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer sim.Close()
			put := httptest.NewRequestWithContext(t.Context(), http.MethodPut, "/control/costs", strings.NewReader(tc.costs))
			answer := httptest.NewRecorder()
			if sim.ServeHTTP(answer, put); answer.Code != http.StatusNoContent {
				t.Fatalf("costs %s: %d %s", tc.costs, answer.Code, answer.Body)
			}
			method, path, _ := strings.Cut(tc.route, " ")
			request := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(tc.body))
			request.Header.Set("Authorization", "Bearer metal-token")
			began := time.Now()
			answer = httptest.NewRecorder()
			if sim.ServeHTTP(answer, request); answer.Code >= http.StatusMultipleChoices {
				t.Fatalf("%s: %d %s", tc.route, answer.Code, answer.Body)
			}
			if took := time.Since(began); took < tc.least {
				t.Errorf("%s: took %s, want at least %s", tc.reason, took, tc.least)
			}
			for operation, r := range sim.Requests() {
				if r.Count != 1 || r.Busy < tc.least.Seconds() || r.Seconds < r.Busy {
					t.Errorf("%s: got %+v, want one request that was busy for at least %s", operation, r, tc.least)
				}
			}
		})
	}
}

// Requests that cost something wait for one of the places.
func TestCores(t *testing.T) {
	t.Parallel()
	sim, err := New(Options{Costs: Costs{Request: Duration(50 * time.Millisecond), Cores: 1}})
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	began := time.Now()
	done := make(chan struct{})
	for range 3 {
		go func() {
			sim.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metal/v1/version", nil))
			done <- struct{}{}
		}()
	}
	for range 3 {
		<-done
	}
	if took := time.Since(began); took < 150*time.Millisecond {
		t.Errorf("three requests on one core took %s, want at least 150ms", took)
	}
}

func TestCostsAreNotNegative(t *testing.T) {
	t.Parallel()
	if _, err := New(Options{Costs: Costs{Find: -1}}); err == nil {
		t.Error("New: got no error for a negative cost")
	}
	sim, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	for _, body := range []string{`{"match":"-1s"}`, `{"mach":"1s"}`, `{"match":1}`} {
		answer := httptest.NewRecorder()
		sim.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodPut, "/control/costs", strings.NewReader(body)))
		if answer.Code != http.StatusBadRequest {
			t.Errorf("%s: got %d %s, want 400", body, answer.Code, answer.Body)
		}
	}
}
