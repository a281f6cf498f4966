package simulator

import (
	"net/http"
	"slices"
	"testing"
	"time"
)

// The order of an IP's tags means nothing.
func TestTagsOfIPInAnyOrder(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{Seed: 1})
	asked := []any{"a", "b", "c", "d", "e", "f", "g", "h"}
	got := l.want(http.StatusCreated, http.MethodPost, "/metal/v1/ip/allocate", object{
		"networkid": "internet-mini-lab", "projectid": sampleProject, "tags": append(asked, "a"),
	})
	tags, _ := got["tags"].([]any)
	if slices.Equal(tags, asked) {
		t.Errorf("want another order than that asked for, got %v", tags)
	}
	again := l.want(http.StatusOK, http.MethodGet, "/metal/v1/ip/"+got["ipaddress"].(string), nil)
	if !slices.Equal(again["tags"].([]any), tags) {
		t.Errorf("want the order to stay %v, got %v", tags, again["tags"])
	}
}

func TestStored(t *testing.T) {
	t.Parallel()
	second := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for took, want := range map[time.Duration]time.Duration{
		848478263:              848 * time.Millisecond,
		848500000:              849 * time.Millisecond,
		849 * time.Millisecond: 849 * time.Millisecond,
	} {
		if got := stored(second.Add(took)).Sub(second); got != want {
			t.Errorf("stored(%s): want %s, got %s", took, want, got)
		}
	}
}
