package snapshot

import (
	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

const (
	// few managed resources are found by their ProviderConfig, many in tenths.
	few  = 200
	many = 2000

	// mostConfigs is how many ProviderConfigs are found one by one.
	mostConfigs = 10
)

// A plan of finding all that is ours of a kind.
type plan int

const (
	// byConfig is a find for each ProviderConfig. All that is ours carries that
	// mark, also what was made before there were slices.
	byConfig plan = iota

	// byTens and byHundreds are as many finds, of all ProviderConfigs together.
	byTens
	byHundreds
)

// planned for so many managed resources of so many ProviderConfigs, and so many
// objects in the answers: marks of slices are those of other control planes at the
// same metal-stack, too. What was planned before is kept when the numbers go down
// a little.
func planned(before plan, members, configs, found int) plan {
	atMostFew, atMostMany := few, many
	if before > byConfig {
		atMostFew -= atMostFew / 5
	}
	if before > byTens {
		atMostMany -= atMostMany / 5
	}
	switch {
	case members <= atMostFew && configs <= mostConfigs:
		return byConfig
	case max(members, found) <= atMostMany:
		return byTens
	default:
		return byHundreds
	}
}

// A slice of what is ours: of a ProviderConfig, or of the first digits.
type slice struct {
	config types.UID
	digits string
}

// slice that the object of a managed resource is in.
func (p plan) slice(uid, config types.UID) slice {
	first, second := metal.SliceOf(uid)
	switch p {
	case byTens:
		return slice{digits: first}
	case byHundreds:
		return slice{digits: first + second}
	case byConfig:
	}
	return slice{config: config}
}

// marks that find a slice.
func (s slice) marks() map[string]string {
	switch len(s.digits) {
	case 1:
		return map[string]string{metal.MarkSlice: s.digits}
	case 2:
		return map[string]string{metal.MarkSlice: s.digits[:1], metal.MarkSubslice: s.digits[1:]}
	default:
		return map[string]string{metal.MarkProviderConfig: string(s.config)}
	}
}
