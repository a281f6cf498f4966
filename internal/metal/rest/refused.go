package rest

import (
	"net/http"
	"strings"
)

// A refusal that metal-api raises before it writes anything. Its words count
// only together with its status: a 500 may quote anything.
type refusal struct {
	status int

	// prefix of the message; any if empty.
	prefix string

	// whole is true if the message is the prefix and nothing else.
	whole bool
}

// refusals of writes that may have made something if they are not refused.
// Everything that is not here may have come true: a 422 has been seen for a
// network that existed afterwards.
var refusals = map[string][]refusal{ //nolint:gochecknoglobals // A table.
	// All before a VRF is taken: the payload is checked, then the project is
	// read, then the partition. What goes wrong after that is a 422 or 5xx.
	"allocateNetwork": {
		{status: http.StatusBadRequest},
		{status: http.StatusNotFound, prefix: "rpc error: code = NotFound desc = project with id:"},
		{status: http.StatusNotFound, prefix: "NotFound no partition with id "},
	},

	// All before an address is taken.
	"allocateIP": {
		{status: http.StatusBadRequest},
		{status: http.StatusNotFound, prefix: "rpc error: code = NotFound desc = project with id:"},
		{status: http.StatusNotFound, prefix: "NotFound no network with id "},
		{status: http.StatusUnprocessableEntity, prefix: "can not allocate ip for project "},
		{status: http.StatusInternalServerError, prefix: "no more ips in prefix: "},
	},
	"allocateSpecificIP": {
		{status: http.StatusBadRequest},
		{status: http.StatusConflict, prefix: "Conflict ip already allocated", whole: true},
		{status: http.StatusNotFound, prefix: "rpc error: code = NotFound desc = project with id:"},
		{status: http.StatusNotFound, prefix: "NotFound no network with id "},
		{status: http.StatusUnprocessableEntity, prefix: "can not allocate ip for project "},
		{status: http.StatusUnprocessableEntity, prefix: "specific ip not contained in any of the defined prefixes", whole: true},
		{status: http.StatusUnprocessableEntity, prefix: "unable to parse specific ip: "},
	},

	// The tenant is read before the project is written, and its id is found to be
	// taken when it is.
	"createProject": {
		{status: http.StatusBadRequest},
		{status: http.StatusNotFound},
		{status: http.StatusConflict},
	},

	// Lock, allocation, image and layout are read before anything is written.
	"reinstallMachine": {
		{status: http.StatusBadRequest},
	},

	"allocateFirewall": refusedMachines,
	"allocateMachine":  refusedMachines,
}

// refusedMachines are refusals of an allocate of a machine, whatever its role. All
// before a machine is pre-allocated. Not here: what comes after it, although it is
// rolled back ("unable to gather networks", "unable to make networks", "already
// allocated"), and 404 of a size, image or partition, which is also what composing
// the answer of a success may end in.
var refusedMachines = []refusal{ //nolint:gochecknoglobals // A table.
	// The specification is made of the payload: image, size, partition,
	// rules, DNS and NTP servers. Nothing later answers 400.
	{status: http.StatusBadRequest},
	// The specification is validated.
	{status: http.StatusUnprocessableEntity, prefix: "project id must be specified", whole: true},
	{status: http.StatusUnprocessableEntity, prefix: "invalid public SSH key: "},
	{status: http.StatusUnprocessableEntity, prefix: "missing ip(s) for network(s) without automatic ip allocation", whole: true},
	{status: http.StatusUnprocessableEntity, prefix: "when no ip is given at least one auto acquire network must be specified", whole: true},
	// The project and its quota, and the file system layout, that of the
	// order or one that suits size and image, are read.
	{status: http.StatusNotFound, prefix: "rpc error: code = NotFound desc = project with id:"},
	{status: http.StatusUnprocessableEntity, prefix: "project quota for machines reached max:"},
	{status: http.StatusNotFound, prefix: "NotFound no filesystemlayout with id "},
	{status: http.StatusUnprocessableEntity, prefix: "could not find a matching filesystemLayout for size:"},
	// A candidate is looked for, under the mutex.
	{status: http.StatusUnprocessableEntity, prefix: "too many parallel machine allocations taking place, try again later", whole: true},
	{status: http.StatusUnprocessableEntity, prefix: "no machine available", whole: true},
}

// refused is true if an answer in metal-api's form proves that its operation
// changed nothing.
func refused(operation string, status int, said string) bool {
	if !writes[operation] {
		return false
	}
	if status == http.StatusForbidden {
		return true // Users are checked before any operation begins.
	}
	for _, r := range refusals[operation] {
		if status == r.status && strings.HasPrefix(said, r.prefix) && (!r.whole || said == r.prefix) {
			return true
		}
	}
	return false
}
