package simulator

import "slices"

// Fields of requests are pointers where metal-api tells a field that is left out from one that is empty.

// is tells whether a filter lets a value pass; one that is left out lets all pass.
func is[T comparable](filter *T, value T) bool {
	return filter == nil || *filter == value
}

// containsAll tells whether a list has everything that a filter asks for.
func containsAll[T comparable](list, filter []T) bool {
	return !slices.ContainsFunc(filter, func(wanted T) bool { return !slices.Contains(list, wanted) })
}

// set overwrites a field with what was sent, if anything was.
func set[T any](field, sent *T) {
	if sent != nil {
		*field = *sent
	}
}
