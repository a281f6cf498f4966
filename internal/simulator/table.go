package simulator

import (
	"slices"
	"sync"
)

// A table keeps the rows of one kind, as metal-api's database does: a row is read and written as a whole, and replaced only
// if nobody else has replaced it since it was read. Rows are values; whoever changes a slice or map in one makes a new one.
type table[T any] struct {
	kind string // as metal-api names it in its messages

	mu   sync.Mutex
	last uint64
	rows map[string]row[T]
}

// A row is a value as it was read.
type row[T any] struct {
	value   T
	version uint64
}

func newTable[T any](kind string) *table[T] {
	return &table[T]{kind: kind, rows: map[string]row[T]{}}
}

func (t *table[T]) find(id string) (row[T], error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r, ok := t.rows[id]
	if !ok {
		return r, notFound("no %s with id %q found", t.kind, id)
	}
	return r, nil
}

func (t *table[T]) get(id string) (T, error) {
	r, err := t.find(id)
	return r.value, err
}

// list returns the rows that match, by id.
func (t *table[T]) list(match func(T) bool) []T {
	t.mu.Lock()
	defer t.mu.Unlock()
	var ids []string // only what matches is sorted: a find of one among many is no work
	for id, r := range t.rows {
		if match == nil || match(r.value) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	all := make([]T, 0, len(ids))
	for _, id := range ids {
		all = append(all, t.rows[id].value)
	}
	return all
}

func (t *table[T]) size() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.rows)
}

func (t *table[T]) insert(id string, v T) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.rows[id]; ok {
		return conflict("%s %s exists already", t.kind, id)
	}
	t.put(id, v)
	return nil
}

// replace writes v if the row is still as old was read.
func (t *table[T]) replace(id string, old row[T], v T) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now, ok := t.rows[id]; !ok || now.version != old.version {
		return conflict("cannot update %s (%s): the entity was changed from another, please retry", t.kind, id)
	}
	t.put(id, v)
	return nil
}

// replace writes a row that the call has read, unless the call is to find it changed.
func replace[T any](c *call, t *table[T], id string, old row[T], v T) error {
	if c.conflict {
		t.change(id, func(*T) {})
	}
	return t.replace(id, old, v)
}

// change edits a row in one step; nothing happens when it does not exist.
func (t *table[T]) change(id string, edit func(*T)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r, ok := t.rows[id]; ok {
		edit(&r.value)
		t.put(id, r.value)
	}
}

func (t *table[T]) remove(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.rows, id)
}

func (t *table[T]) put(id string, v T) {
	t.last++
	t.rows[id] = row[T]{value: v, version: t.last}
}
