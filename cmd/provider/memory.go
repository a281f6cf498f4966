package main

import (
	"errors"
	"math"
	"os"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/crossplane/crossplane-runtime/v2/pkg/logging"
)

// memoryShare of the container's limit that Go's garbage collector works towards.
const memoryShare = 0.9

// mostGarbage, in percent of what is in use. Most of that is the cache of resources,
// which grows with them: as much garbage as that would double the memory of ten
// thousand, and to collect it more often costs little.
const mostGarbage = 40

// limitMemory to what the container may have: else the garbage of a thousand
// resources at once ends it where a collection would have done. GOMEMLIMIT and GOGC,
// where they are set, are obeyed.
func limitMemory(log logging.Logger) {
	if _, ok := os.LookupEnv("GOGC"); !ok {
		debug.SetGCPercent(mostGarbage)
	}
	limit, err := memlimit.Set(memlimit.WithRatio(memoryShare))
	switch {
	case errors.Is(err, memlimit.ErrNoCgroup) || errors.Is(err, memlimit.ErrCgroupsNotSupported):
	case err != nil:
		log.Info("Cannot find the container's memory limit", "error", err)
	case limit < math.MaxInt64:
		log.Info("Memory is limited as the container's is", "bytes", limit)
	}
}
