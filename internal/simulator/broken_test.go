package simulator

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	allocateNetworkPath = "/metal/v1/network/allocate"
	freeNetworkPath     = "/metal/v1/network/free/"
)

// cut a request in the middle: its caller goes away between two prefixes. It returns what the journal says of it.
func (l lab) cut(operation, method, path string, body any) JournalEntry {
	l.t.Helper()
	l.AddFault(Fault{Operation: operation, Count: 1, DelayBetween: Duration(time.Minute)})
	ctx, cancel := context.WithCancel(l.t.Context())
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.send(ctx, method, path, body)
	}()
	before := l.held()
	l.await("a prefix to be taken or given back", func() bool { return l.held() != before })
	cancel()
	<-done
	var last JournalEntry
	l.await("the request to end", func() bool {
		if all := l.Journal(); len(all) > 0 {
			last = all[len(all)-1]
		}
		return last.Operation == operation && last.Status == http.StatusUnprocessableEntity
	})
	return last
}

// held is the number of child prefixes that IPAM has as taken.
func (l lab) held() int {
	i := l.stack.Load().ipam
	i.leases.mu.Lock()
	defer i.leases.mu.Unlock()
	return len(i.leases.of)
}

// An allocate whose caller goes away in the middle leaves a prefix that no network has.
func TestAllocateCutInTheMiddle(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	e := l.cut("allocateNetwork", http.MethodPost, allocateNetworkPath, networkBody())
	if e.ID != "" || len(e.Prefixes) != 1 {
		t.Fatalf("want one prefix and no network in the journal, got %+v", e)
	}
	if diff := cmp.Diff(e.Prefixes, l.Abandoned()); diff != "" {
		t.Errorf("abandoned: -want, +got:\n%s", diff)
	}
	if got := l.Broken(); len(got) > 0 {
		t.Errorf("no network is broken, got %+v", got)
	}
	l.want(http.StatusNoContent, http.MethodDelete, "/control/abandoned", nil)
	if got := l.Abandoned(); len(got) > 0 {
		t.Errorf("want nothing abandoned, got %v", got)
	}
	n := l.want(http.StatusCreated, http.MethodPost, allocateNetworkPath, networkBody())
	if !slices.Contains(n["prefixes"].([]any), any(e.Prefixes[0])) {
		t.Errorf("want %s to be given out again, got %v", e.Prefixes[0], n["prefixes"])
	}
}

// A free whose caller goes away in the middle breaks its network, until it gets its prefix again.
func TestFreeCutInTheMiddle(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	id := l.network()
	e := l.cut("freeNetwork", http.MethodDelete, freeNetworkPath+id, nil)
	if len(e.Prefixes) != 1 {
		t.Fatalf("want one prefix given back, got %+v", e)
	}
	if diff := cmp.Diff([]BrokenNetwork{{ID: id, Prefix: e.Prefixes[0]}}, l.Broken()); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	l.want(http.StatusUnprocessableEntity, http.MethodGet, "/metal/v1/network", nil)
	l.want(http.StatusNoContent, http.MethodPost, "/control/networks/"+id+"/repair", nil)
	l.want(http.StatusNotFound, http.MethodPost, "/control/networks/nope/repair", nil)
	l.want(http.StatusOK, http.MethodGet, "/metal/v1/network", nil)
	l.want(http.StatusOK, http.MethodDelete, freeNetworkPath+id, nil)
}

// A prefix that was given away is taken from its new network by a free of the old one.
func TestPrefixTakenFromAnother(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	id := l.network()
	prefix := l.cut("freeNetwork", http.MethodDelete, freeNetworkPath+id, nil).Prefixes[0]
	other := l.network()
	if diff := cmp.Diff([]BrokenNetwork{{ID: id, Prefix: prefix, Holder: other}}, l.Broken()); diff != "" {
		t.Fatalf("given away: -want, +got:\n%s", diff)
	}
	l.want(http.StatusOK, http.MethodDelete, freeNetworkPath+id, nil)
	all := l.Journal()
	if diff := cmp.Diff([]string{other}, all[len(all)-1].TakenFrom); diff != "" {
		t.Errorf("taken from: -want, +got:\n%s", diff)
	}
	if diff := cmp.Diff([]BrokenNetwork{{ID: other, Prefix: prefix}}, l.Broken()); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// Repaired, the network no longer has what was given away.
func TestRepairOfGivenAway(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	id := l.network()
	l.cut("freeNetwork", http.MethodDelete, freeNetworkPath+id, nil)
	other := l.network()
	if err := l.Repair(id); err != nil {
		t.Fatal(err)
	}
	l.want(http.StatusOK, http.MethodDelete, freeNetworkPath+id, nil)
	all := l.Journal()
	if from := all[len(all)-1].TakenFrom; len(from) > 0 {
		t.Errorf("a prefix was taken from %v", from)
	}
	l.want(http.StatusOK, http.MethodDelete, freeNetworkPath+other, nil)
	if n := l.held(); n != 0 || len(l.Broken()) > 0 {
		t.Errorf("%d prefixes are left, broken: %v", n, l.Broken())
	}
}

// A free of an address whose caller goes away in the middle leaves it taken, and no row tells of it: who runs the
// metal-stack gives it back.
func TestFreeIPCutInTheMiddle(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	address, _ := l.want(http.StatusCreated, http.MethodPost, "/metal/v1/ip/allocate", map[string]any{"projectid": sampleProject, "networkid": "internet-mini-lab", "type": static})["ipaddress"].(string)
	st := l.stack.Load()
	i, err := st.ips.get(address)
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := freeIP(&call{stack: st, ctx: gone, entry: &JournalEntry{}, path: func(string) string { return address }}); err == nil {
		t.Fatal("want the free to fail")
	}
	used := func() uint64 {
		u, err := st.ipam.usage(t.Context(), i.prefix)
		if err != nil {
			t.Fatal(err)
		}
		return u.AcquiredIPs
	}
	if _, err := st.ips.get(address); err == nil {
		t.Error("want no row")
	}
	before := used()
	if err := l.ReleaseAbandoned(); err != nil {
		t.Fatal(err)
	}
	if got := used(); got != before-1 {
		t.Errorf("want it given back, got %d of %d", got, before)
	}
}
