package faultproxy

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A bench is a server that keeps a diary, and a proxy before it.
type bench struct {
	proxy *Proxy

	mu    sync.Mutex
	diary []string
	slow  time.Duration
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{}
	server := httptest.NewServer(http.HandlerFunc(b.serve))
	t.Cleanup(server.Close)
	target, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Target: target, Transport: http.DefaultTransport,
		Classify: func(r *http.Request, _ []byte) Call {
			return Call{Operation: r.URL.Path[1:], Write: r.Method != http.MethodGet, Stream: r.URL.Path == "/watch"}
		},
	}
	if b.proxy, err = New(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.proxy.Close)
	return b
}

func (b *bench) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if r.URL.Path == "/watch" {
		_, _ = fmt.Fprintln(w, "first")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		return
	}
	outcome := "done"
	select {
	case <-r.Context().Done():
		outcome = "cancelled"
	case <-time.After(b.slow):
	}
	b.write(r.URL.Path[1:] + string(body) + " " + outcome)
	_, _ = fmt.Fprint(w, "yes")
}

func (b *bench) write(line string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.diary = append(b.diary, line)
}

// read the diary when it is so long, or after a while.
func (b *bench) read(t *testing.T, lines int) []string {
	t.Helper()
	end := time.After(5 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		b.mu.Lock()
		diary := append([]string(nil), b.diary...)
		b.mu.Unlock()
		if len(diary) >= lines {
			return diary
		}
		select {
		case <-tick.C:
		case <-end:
			return diary
		}
	}
}

// ask posts and returns status and body; "nothing" if the connection is closed.
func (b *bench) ask(ctx context.Context, t *testing.T, operation, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.proxy.URL()+"/"+operation, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.GetBody = nil // No second attempt of the client's own.
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return "nothing"
	}
	defer func() { _ = res.Body.Close() }()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		return "nothing"
	}
	return fmt.Sprint(res.StatusCode, " ", string(got))
}

func TestRules(t *testing.T) {
	t.Parallel()
	const delay = 20 * time.Millisecond
	cases := map[string]struct {
		reason string
		rule   Rule
		answer string
		diary  []string
	}{
		"None":      {"What no rule matches passes.", Rule{Operation: "other"}, "200 yes", []string{"op! done"}},
		"Slow":      {"A delay alone changes nothing.", Rule{Operation: "op", Delay: delay}, "200 yes", []string{"op! done"}},
		"Dropped":   {"The server never sees it.", Rule{Operation: Any, Moment: Before, Do: func() {}}, "nothing", nil},
		"Refused":   {"Somebody else answers, and the server never sees it.", Rule{Operation: Writes, Moment: Before, Status: 502, Body: "<html>"}, "502 <html>", nil},
		"Lost":      {"The server has done it, and nobody hears of it.", Rule{Operation: "op", Moment: After}, "nothing", []string{"op! done"}},
		"Lie":       {"The server has done it, and the answer says otherwise.", Rule{Operation: "op", Moment: After, Status: 500, Body: "{}", JSON: true}, "500 {}", []string{"op! done"}},
		"Late":      {"It comes true when the caller has long given up.", Rule{Operation: "op", Moment: Late, Delay: delay}, "nothing", []string{"op! done"}},
		"ReadsOnly": {"A write is no read.", Rule{Operation: Reads, Moment: Before}, "200 yes", []string{"op! done"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.proxy.Add(tc.rule)
			if got := b.ask(t.Context(), t, "op", "!"); got != tc.answer {
				t.Errorf("\n%s\ngot %q, want %q", tc.reason, got, tc.answer)
			}
			if diff := cmp.Diff(tc.diary, b.read(t, len(tc.diary))); diff != "" {
				t.Errorf("\n%s\ndiary: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestCallsOutAtTheMoment(t *testing.T) {
	t.Parallel()
	for moment, want := range map[Moment][]string{
		Before: {"killed"},
		Late:   {"killed", "op done"},
		After:  {"op done", "killed"},
	} {
		t.Run(string(moment), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.proxy.Add(Rule{Operation: "op", Count: 1, Moment: moment, Delay: 10 * time.Millisecond, Do: func() { b.write("killed") }})
			if got := b.ask(t.Context(), t, "op", ""); got != "nothing" {
				t.Errorf("got %q, want nothing", got)
			}
			if diff := cmp.Diff(want, b.read(t, len(want))); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}

func TestSkipsAndCounts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.proxy.Add(Rule{Name: "later", Operation: "op", Skip: 1, Count: 2, Moment: Before, Status: 503})
	b.proxy.Add(Rule{Name: "once", Operation: Any, Count: 1, Moment: Before, Status: 418})
	var got []string
	for range 5 {
		got = append(got, b.ask(t.Context(), t, "op", ""))
	}
	if diff := cmp.Diff([]string{"418 ", "503 ", "503 ", "200 yes", "200 yes"}, got); diff != "" {
		t.Errorf("What one rule skips is the next one's: -want, +got:\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"later": 2, "once": 1}, b.proxy.Drain()); diff != "" {
		t.Errorf("counts: -want, +got:\n%s", diff)
	}
}

func TestCancelsWithTheCaller(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.slow = 2 * time.Second
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	b.ask(ctx, t, "op", "")
	if diff := cmp.Diff([]string{"op cancelled"}, b.read(t, 1)); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

func TestCutsInTheMiddle(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.slow = 5 * time.Second
	b.proxy.Add(Rule{
		Operation: "op", Moment: Middle, Delay: 500 * time.Millisecond,
		Begin: func() { b.write("begun") }, Do: func() { b.write("struck") },
	})
	if got := b.ask(t.Context(), t, "op", ""); got != "nothing" {
		t.Errorf("got %q, want nothing", got)
	}
	got := b.read(t, 3)
	slices.Sort(got[min(1, len(got)):]) // Either end may notice first.
	if diff := cmp.Diff([]string{"begun", "op cancelled", "struck"}, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

func TestCutEndsStreams(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.proxy.Add(Rule{Operation: Any, Moment: Before})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.proxy.URL()+"/watch", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("no rule is for streams: %v", err)
	}
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewReader(res.Body)
	if line, err := lines.ReadString('\n'); line != "first\n" || err != nil {
		t.Fatalf("got %q, %v", line, err)
	}
	b.proxy.Cut()
	if _, err := lines.ReadString('\n'); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("the stream goes on: %v", err)
	}
	if got := b.ask(t.Context(), t, "op", ""); got != "nothing" {
		t.Errorf("got %q from a server that is cut off", got)
	}
	b.proxy.Clear()
	if got := b.ask(t.Context(), t, "op", ""); got != "200 yes" {
		t.Errorf("got %q after all is well again", got)
	}
}
