package snapshot

import (
	"testing"
	"time"
)

func TestDecide(t *testing.T) {
	t.Parallel()
	const age = 10 * time.Second
	now := time.Date(2026, 1, 1, 10, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	cases := map[string]struct {
		reason string
		s      standing
		want   action
	}{
		"Nothing":   {"nobody has asked yet", standing{trusted: true}, wait},
		"Fetched":   {"its slice is known, and it is not in it", standing{trusted: true, fetched: ago(age)}, ask},
		"Seen":      {"in its slice", standing{trusted: true, fetched: ago(age), seen: ago(age)}, serveShared},
		"Late":      {"twice the age is the limit", standing{trusted: true, fetched: ago(2 * age), seen: ago(2 * age)}, serveShared},
		"Old":       {"beyond the limit, and the refresher runs", standing{trusted: true, fetched: ago(2*age + 1), seen: ago(2*age + 1)}, wait},
		"Failing":   {"old answers are served on", standing{trusted: true, fetched: ago(2 * age), seen: ago(2 * age), failed: true}, serveShared},
		"Failed":    {"but not beyond the limit", standing{trusted: true, fetched: ago(3 * age), seen: ago(3 * age), failed: true}, ask},
		"NeverCame": {"the first find failed", standing{trusted: true, failed: true}, ask},
		"Single":    {"seen by itself, after its slice", standing{trusted: true, fetched: ago(5 * age), seen: ago(age)}, serveShared},
		"Unmarked":  {"seen by itself, and its slice shows it never", standing{trusted: true, fetched: ago(age), seen: ago(3 * age)}, ask},
		"Told":      {"metal-api has just said so", standing{trusted: true, seen: ago(time.Second), told: true}, serveTold},
		"WasTold":   {"some time ago", standing{trusted: true, seen: ago(toldFor + 1), told: true}, serveShared},
		"Written":   {"nobody has seen it since", standing{trusted: true, fetched: ago(age), unsettled: true}, ask},
		"Waits":     {"not for long", standing{trusted: true, waits: ago(2 * age)}, wait},
		"WaitsLong": {"the refresher hangs", standing{trusted: true, waits: ago(2*age + 1)}, ask},
		"Unknown":   {"what metal-api has not answered shows nothing", standing{fetched: ago(age), seen: ago(age)}, ask},
		"Denied":    {"not even what it was told", standing{seen: ago(1), told: true}, ask},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := decide(tc.s, now, age); got != tc.want {
				t.Errorf("%s: want %d, got %d", tc.reason, tc.want, got)
			}
		})
	}
}

func TestPlanned(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason                  string
		before                  plan
		members, configs, found int
		want                    plan
	}{
		"One":         {"a find is enough", byConfig, 1, 1, 0, byConfig},
		"Few":         {"the last for which it is", byConfig, 200, 10, 200, byConfig},
		"Some":        {"one find would be long", byConfig, 201, 1, 201, byTens},
		"ManyConfigs": {"as many finds as tenths", byConfig, 11, 11, 11, byTens},
		"Tens":        {"the last for which tenths do", byTens, 2000, 300, 2000, byTens},
		"Hundreds":    {"a tenth would be long", byTens, 2001, 1, 2001, byHundreds},
		"Others":      {"other control planes' objects are in the tenths, too", byTens, 300, 1, 2001, byHundreds},
		"OthersOnly":  {"and not in what is found by ProviderConfig", byHundreds, 100, 1, 5000, byConfig},
		"Fewer":       {"a little less changes nothing", byTens, 161, 1, 161, byTens},
		"FewAgain":    {"much less does", byTens, 160, 1, 160, byConfig},
		"Less":        {"a little less changes nothing", byHundreds, 1601, 1, 1601, byHundreds},
		"TensAgain":   {"much less does", byHundreds, 1600, 1, 1600, byTens},
		"Restart":     {"all at once", byConfig, 10000, 3, 0, byHundreds},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := planned(tc.before, tc.members, tc.configs, tc.found); got != tc.want {
				t.Errorf("%s: want %d, got %d", tc.reason, tc.want, got)
			}
		})
	}
}

func TestNext(t *testing.T) {
	t.Parallel()
	const age = 10 * time.Second
	now := time.Date(2026, 1, 1, 10, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	at := func(d time.Duration) task { return task{tried: ago(d), fetched: ago(d)} }
	waited := func(k task) task { k.waited = true; return k }
	freeing := func(k task) task { k.freeing = true; return k }
	cases := map[string]struct {
		reason string
		tasks  []task
		last   time.Time
		want   int
		idle   time.Duration
	}{
		"None":          {"nobody looks", nil, ago(age), -1, forever},
		"First":         {"never asked, and nobody waits", []task{{}}, time.Time{}, 0, 0},
		"Due":           {"an age ago", []task{at(age)}, ago(age), 0, 0},
		"NotDue":        {"a second to go", []task{at(9 * time.Second)}, ago(9 * time.Second), -1, time.Second},
		"Spread":        {"of five, one every two seconds", []task{at(8 * time.Second), at(6 * time.Second), at(4 * time.Second), at(2 * time.Second), at(9 * time.Second)}, ago(2 * time.Second), 4, 0},
		"SpreadRest":    {"the next has not come", []task{at(1), at(9 * time.Second)}, ago(time.Second), -1, 4 * time.Second},
		"Waited":        {"who waits comes first", []task{at(age), waited(at(9 * time.Second)), at(8 * time.Second)}, ago(1), 1, 0},
		"WaitedLongest": {"of those the one that was asked for longest ago", []task{waited(at(3)), waited(task{})}, ago(1), 1, 0},
		"Freeing":       {"it would fail: another one meanwhile", []task{freeing(at(age)), at(9 * time.Second)}, ago(9 * time.Second), 1, 0},
		"FreeingAll":    {"it would fail, but not for ever", []task{freeing(at(12 * time.Second)), freeing(at(11 * time.Second))}, ago(11 * time.Second), -1, 8 * time.Second},
		"FreeingLong":   {"two ages are the limit", []task{freeing(at(2 * age))}, ago(2 * age), 0, 0},
		"FreeingFirst":  {"nothing is known yet", []task{waited(freeing(task{}))}, time.Time{}, 0, 0},
		"FreeingFailed": {"tried since, and again an age later", []task{freeing(task{tried: ago(age), fetched: ago(3 * age)})}, ago(age), 0, 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, idle := next(tc.tasks, tc.last, now, age)
			if got != tc.want || got < 0 && idle != tc.idle {
				t.Errorf("%s: want %d, %s; got %d, %s", tc.reason, tc.want, tc.idle, got, idle)
			}
		})
	}
}
