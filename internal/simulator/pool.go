package simulator

import (
	"fmt"
	"sync"
)

// A pool of unique integers from 1 to its size, taken at random, as metal-api's VRF and ASN pools.
type pool struct {
	dice *dice
	size int

	mu    sync.Mutex
	taken map[int]bool
}

func newPool(d *dice, size int) *pool {
	return &pool{dice: d, size: size, taken: map[int]bool{}}
}

func (p *pool) acquire() (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.taken) >= p.size {
		return 0, internal("the pool is exhausted")
	}
	n := p.dice.intN(p.size) + 1
	for p.taken[n] {
		n = n%p.size + 1
	}
	p.taken[n] = true
	return n, nil
}

func (p *pool) acquireThis(n int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n < 1 || n > p.size {
		return fmt.Errorf("%d is not within 1 and %d", n, p.size)
	}
	if p.taken[n] {
		return conflict("%d is taken", n)
	}
	p.taken[n] = true
	return nil
}

func (p *pool) release(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.taken, n)
}
