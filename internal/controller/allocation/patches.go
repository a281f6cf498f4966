package allocation

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

const (
	// patchFor is how long an image is taken for the newest patch; and unpatchedFor how long
	// it is not asked for again, where metal-api could not say.
	patchFor     = time.Hour
	unpatchedFor = time.Minute
)

// A series of patches of an image at a metal-stack, by its short id.
type series struct{ address, image string }

// patches are the newest ones, as they were a while ago: images are published seldom.
type patches struct {
	now func() time.Time

	mu    sync.Mutex
	known map[series]patch
}

type patch struct {
	id    string
	until time.Time
}

func newPatches() *patches { return &patches{now: time.Now, known: map[series]patch{}} }

// newer patch of an image than a machine has; empty if there is none, or it is not known.
// Of an image that is named in full there is none.
func (p *patches) newer(ctx context.Context, s metal.Stack, image, has string) string {
	if image == "" || image == has || !IsImage(image, has) {
		return ""
	}
	of := series{s.Address(), image}
	p.mu.Lock()
	is, ok := p.known[of]
	p.mu.Unlock()
	if !ok || !p.now().Before(is.until) {
		is.until = p.now().Add(patchFor)
		if newest, err := s.Image(ctx, image); err == nil {
			is.id = newest.ID
		} else {
			is.until = p.now().Add(unpatchedFor)
		}
		p.mu.Lock()
		p.known[of] = is
		p.mu.Unlock()
	}
	// Both are of one series: a patch is a number.
	if cmp.Or(cmp.Compare(len(is.id), len(has)), cmp.Compare(is.id, has)) <= 0 {
		return ""
	}
	return is.id
}
