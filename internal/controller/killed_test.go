package controller_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
)

// lethal makes the nth request to metal-api, counted from zero, the last act of
// the process: before it is carried out, or after it and before its answer.
// Nothing that the process does then has an effect. The result says whether it
// came to that.
func (w *world) lethal(nth int32, after bool) *atomic.Bool {
	w.t.Helper()
	var count atomic.Int32
	dead := &atomic.Bool{}
	line := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		n := count.Add(1) - 1
		if n < nth {
			w.sim.ServeHTTP(rw, r)
			return
		}
		if dead.Store(true); after && n == nth {
			w.sim.ServeHTTP(httptest.NewRecorder(), r)
		}
		panic(http.ErrAbortHandler)
	}))
	w.t.Cleanup(line.Close)
	w.url = line.URL + "/metal"
	w.patience = time.Millisecond // The dead have none.
	w.restart()
	w.onWrite(func(string, client.Object) error {
		if dead.Load() {
			return errDead
		}
		return nil
	})
	return dead
}

// The process is killed before and after each request to metal-api of a create
// in turn, and started again: one is made, whichever it was.
func TestKilledAtEachRequestWhileCreating(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"Network", "Firewall"} {
		for _, after := range []bool{false, true} {
			t.Run(kind+strconv.FormatBool(after), func(t *testing.T) {
				t.Parallel()
				for nth := int32(0); ; nth++ {
					w := newWorld(t)
					mg, operation := w.toCreate(kind)
					home := w.url
					dead := w.lethal(nth, after)
					w.reconcile(mg)
					w.url = home
					w.restart()
					w.reconcile(mg)
					w.pass(2 * controller.DefaultHoldOff)
					w.until("it is ready", func() bool { return ready(mg) }, mg)
					if got := w.writes(operation); got != 1 {
						t.Errorf("request %d: want 1 %s, got %d", nth, operation, got)
					}
					if !dead.Load() {
						if nth < 5 {
							t.Errorf("want more than %d requests", nth)
						}
						return
					}
				}
			})
		}
	}
}

// The process is killed before and after each request of a create, and the
// resource is deleted while it is down: what was made is freed, and nothing is
// left.
func TestKilledWhileCreatingAndDeletedWhileDown(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"Network", "Firewall"} {
		for _, after := range []bool{false, true} {
			t.Run(kind+strconv.FormatBool(after), func(t *testing.T) {
				t.Parallel()
				for nth := int32(0); ; nth++ {
					w := newWorld(t)
					mg, operation := w.toCreate(kind)
					machines := w.allocated()
					home := w.url
					dead := w.lethal(nth, after)
					w.reconcile(mg)
					w.url = home
					w.delete(mg)
					w.restart()
					w.reconcile(mg)
					w.pass(2 * controller.DefaultHoldOff)
					w.until("it is gone", func() bool { return w.gone(mg) }, mg)
					free := map[string]string{"Network": "freeNetwork", "Firewall": "freeMachine"}[kind]
					if made, freed := w.writes(operation), w.writes(free); made > 1 || made != freed || w.allocated() != machines {
						t.Errorf("request %d: want at most one, and that freed; got %d made, %d freed", nth, made, freed)
					}
					if !dead.Load() {
						return
					}
				}
			})
		}
	}
}

// The process is killed before and after each request of a free, and started
// again: it is freed once.
func TestKilledWhileFreeing(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		t.Run(strconv.FormatBool(after), func(t *testing.T) {
			t.Parallel()
			for nth := int32(0); ; nth++ {
				w := newWorld(t)
				_, f := w.networkAndFirewall()
				home := w.url
				w.delete(f)
				dead := w.lethal(nth, after)
				w.reconcile(f)
				w.url = home
				w.restart()
				w.until("it is gone", func() bool { return w.gone(f) }, f)
				if got := w.writes("freeMachine"); got != 1 {
					t.Errorf("request %d: want 1 free, got %d", nth, got)
				}
				if !dead.Load() {
					return
				}
			}
		})
	}
}
