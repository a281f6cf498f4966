package rest

import (
	"maps"
	"slices"
)

// value that a pointer of metal-go's models points to.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// sorted copy of a set: metal-api gives sets in random order.
func sorted[T ~string | ~int32](s []T) []T {
	c := slices.Clone(s)
	slices.Sort(c)
	return c
}

// strs of a list of another string type, never nil: metal-go would send null.
func strs[T ~string](list []T) []string {
	return convert(list, func(v T) string { return string(v) })
}

// convert each of a list. Never nil.
func convert[T, U any](list []T, f func(T) U) []U {
	out := make([]U, 0, len(list))
	for _, v := range list {
		out = append(out, f(v))
	}
	return out
}

// spelled as key=value, sorted.
func spelled(marks map[string]string) []string {
	out := make([]string, 0, len(marks))
	for _, k := range slices.Sorted(maps.Keys(marks)) {
		out = append(out, k+"="+marks[k])
	}
	return out
}
