package config

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

func TestSession(t *testing.T) {
	t.Parallel()
	base := metal.Config{URL: "https://a", CABundle: []byte("ca"), Type: "HMAC", HMACAuthType: "Metal-View", Secret: "s"}

	cases := map[string]struct {
		reason string
		second metal.Config
		fresh  bool
	}{
		"Same":         {reason: "What has not changed keeps its client.", second: base},
		"URL":          {reason: "Another URL needs another client.", second: metal.Config{URL: "https://b", CABundle: []byte("ca"), Type: "HMAC", HMACAuthType: "Metal-View", Secret: "s"}, fresh: true},
		"CABundle":     {reason: "Other authorities need another client.", second: metal.Config{URL: "https://a", CABundle: []byte("cb"), Type: "HMAC", HMACAuthType: "Metal-View", Secret: "s"}, fresh: true},
		"Type":         {reason: "Another type of credentials needs another client.", second: metal.Config{URL: "https://a", CABundle: []byte("ca"), Type: "Token", HMACAuthType: "Metal-View", Secret: "s"}, fresh: true},
		"HMACAuthType": {reason: "Another user needs another client.", second: metal.Config{URL: "https://a", CABundle: []byte("ca"), Type: "HMAC", HMACAuthType: "Metal-Edit", Secret: "s"}, fresh: true},
		"Secret":       {reason: "Another key needs another client.", second: metal.Config{URL: "https://a", CABundle: []byte("ca"), Type: "HMAC", HMACAuthType: "Metal-View", Secret: "t"}, fresh: true},
		"Shifted":      {reason: "Fields that only together read alike are not alike.", second: metal.Config{URL: "https://ac", CABundle: []byte("a"), Type: "HMAC", HMACAuthType: "Metal-View", Secret: "s"}, fresh: true},
	}
	for n, tc := range cases {
		t.Run(n, func(t *testing.T) {
			t.Parallel()
			stacks, made := stacksOf(metal.RoleAdmin, nil)
			first, err := stacks.session("uid", base)
			if err != nil {
				t.Fatal(err)
			}
			second, err := stacks.session("uid", tc.second)
			if err != nil {
				t.Fatal(err)
			}
			if got := first != second; got != tc.fresh {
				t.Errorf("%s\nwant a new client: %t, got: %t", tc.reason, tc.fresh, got)
			}
			if got := (*made)[0].closed; got != tc.fresh {
				t.Errorf("%s\nwant the old client closed: %t, got: %t", tc.reason, tc.fresh, got)
			}
		})
	}
}

func TestSessionsAreApart(t *testing.T) {
	t.Parallel()
	stacks, made := stacksOf(metal.RoleAdmin, nil)
	one, _ := stacks.session("one", metal.Config{})
	two, _ := stacks.session("two", metal.Config{})
	if one == two {
		t.Error("two configurations share a client, and its connections")
	}
	stacks.forget("one")
	if diff := cmp.Diff([]bool{true, false}, []bool{(*made)[0].closed, (*made)[1].closed}); diff != "" {
		t.Errorf("forget(one): -want closed, +got:\n%s", diff)
	}
}

func TestRole(t *testing.T) {
	t.Parallel()
	denied := &metal.Error{Kind: metal.Denied}

	cases := map[string]struct {
		reason string
		role   metal.Role
		err    error
		status int // Of a request in between.
		asked  int
	}{
		"Known":    {reason: "What metal-api said is known for a while.", role: metal.RoleEdit, status: 200, asked: 1},
		"Refused":  {reason: "A refused request makes us ask again.", role: metal.RoleEdit, status: 403, asked: 2},
		"NoAnswer": {reason: "No answer says nothing about the role.", role: metal.RoleEdit, status: 0, asked: 1},
		"Failed":   {reason: "What was not said is not known.", err: denied, asked: 2},
	}
	for n, tc := range cases {
		t.Run(n, func(t *testing.T) {
			t.Parallel()
			stacks, made := stacksOf(tc.role, tc.err)
			s, err := stacks.session("uid", metal.Config{})
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				got, err := s.Role(t.Context())
				if got != tc.role || metal.KindOf(err) != metal.KindOf(tc.err) {
					t.Errorf("%s\nwant %q and %v, got %q and %v", tc.reason, tc.role, tc.err, got, err)
				}
				(*made)[0].tell("findNetworks", tc.status, 0.1)
			}
			if got := (*made)[0].asked; got != tc.asked {
				t.Errorf("%s\nwant metal-api asked %d times, got %d", tc.reason, tc.asked, got)
			}
		})
	}
}

func TestSessionConcurrently(t *testing.T) {
	t.Parallel()
	var made sync.Map
	stacks := NewStacks(func(_ types.UID, cfg metal.Config, _ Observer) (metal.Stack, error) {
		m := &metalStack{cfg: cfg, role: metal.RoleView}
		made.Store(m, true)
		return m, nil
	})
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			s, err := stacks.session("uid", metal.Config{})
			if err != nil {
				t.Error(err)
				return
			}
			if role, err := s.Role(t.Context()); err != nil || role != metal.RoleView {
				t.Errorf("Role(): got %q, %v", role, err)
			}
		})
	}
	wg.Wait()
	n := 0
	made.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("want one client for one configuration, got %d", n)
	}
}
