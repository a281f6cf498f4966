package simulator

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"
)

// dice is the one source of randomness.
type dice struct {
	mu     sync.Mutex
	source *rand.ChaCha8
	rand   *rand.Rand
}

func newDice(seed uint64) *dice {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	source := rand.NewChaCha8(key)
	return &dice{source: source, rand: rand.New(source)} //nolint:gosec // reproducible by intent, nothing here is secret
}

func (d *dice) uuid() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return uuid.Must(uuid.NewRandomFromReader(d.source)).String() // this source never fails
}

func (d *dice) intN(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rand.IntN(n)
}

// between returns a duration from a quarter of longest up to longest.
func (d *dice) between(longest time.Duration) time.Duration {
	least := longest / 4
	return least + time.Duration(d.intN(int(longest-least)+1))
}

func shuffle[T any](d *dice, list []T) []T {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}
