package turn

import "slices"

// Rounds of those who wait, each in the queue of a project: the projects take
// turns. Its zero value has nobody. It is not safe for concurrent use.
type Rounds[T comparable] struct {
	projects []string
	waiting  map[string][]T
}

// Any is true if somebody waits.
func (r *Rounds[T]) Any() bool { return len(r.projects) > 0 }

// Add one to the queue of a project.
func (r *Rounds[T]) Add(project string, t T) {
	if r.waiting == nil {
		r.waiting = map[string][]T{}
	}
	if len(r.waiting[project]) == 0 {
		r.projects = append(r.projects, project)
	}
	r.waiting[project] = append(r.waiting[project], t)
}

// Next one whose turn it may be. Its project goes to the end of the round.
func (r *Rounds[T]) Next(may func(T) bool) (T, bool) {
	for _, p := range r.projects {
		if i := slices.IndexFunc(r.waiting[p], may); i >= 0 {
			t := r.waiting[p][i]
			r.Remove(p, t)
			if i := slices.Index(r.projects, p); i >= 0 {
				r.projects = append(slices.Delete(r.projects, i, i+1), p)
			}
			return t, true
		}
	}
	var none T
	return none, false
}

// Remove one of a project; false if it does not wait.
func (r *Rounds[T]) Remove(project string, t T) bool {
	i := slices.Index(r.waiting[project], t)
	if i < 0 {
		return false
	}
	r.waiting[project] = slices.Delete(r.waiting[project], i, i+1)
	if len(r.waiting[project]) == 0 {
		delete(r.waiting, project)
		r.projects = slices.DeleteFunc(r.projects, func(p string) bool { return p == project })
	}
	return true
}

// Drop all, and return them.
func (r *Rounds[T]) Drop() []T {
	var all []T
	for _, p := range r.projects {
		all = append(all, r.waiting[p]...)
	}
	*r = Rounds[T]{}
	return all
}
