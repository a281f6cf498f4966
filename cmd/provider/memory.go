package main

import (
	"errors"
	"math"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/crossplane/crossplane-runtime/v2/pkg/logging"
)

// memoryShare of the container's limit that Go's garbage collector works towards.
const memoryShare = 0.9

// limitMemory to what the container may have: else the garbage of a thousand
// resources at once ends it where a collection would have done. GOMEMLIMIT, where
// it is set, is obeyed.
func limitMemory(log logging.Logger) {
	limit, err := memlimit.Set(memlimit.WithRatio(memoryShare))
	switch {
	case errors.Is(err, memlimit.ErrNoCgroup) || errors.Is(err, memlimit.ErrCgroupsNotSupported):
	case err != nil:
		log.Info("Cannot find the container's memory limit", "error", err)
	case limit < math.MaxInt64:
		log.Info("Memory is limited as the container's is", "bytes", limit)
	}
}
