// Package contract says what the provider relies on in a metal-api, as rows that can be checked against a running
// one. It speaks to that metal-api only through its URL and keys, so the same rows hold the simulator and a real
// metal-api v0.44.1 (seeded like mini-lab, with two waiting machines) to the same behaviour.
package contract

import "slices"

// Class says what a row needs, and what it may do to the metal-api it is checked against.
type Class string

// The classes of rows.
const (
	// Any rows need nothing but an edit key.
	Any Class = "any"
	// Admin rows make and remove a project, images and networks of their own: the key must be the admin key.
	Admin Class = "admin"
	// Roles rows compare what the view key and the edit key may do.
	Roles Class = "roles"
	// Damage rows can leave a metal-api broken for everybody.
	Damage Class = "damage"
	// Sim rows need events and faults that only the simulator can bring about.
	Sim Class = "sim"
)

// A Row is one fact about metal-api.
type Row struct {
	// Name is the fact, as a sentence that begins with its subject.
	Name string
	// Class says what the row needs.
	Class Class

	check func(c *check)
}

// Rows returns every row, in the order in which they are to be checked: rows share the two machines, and those that
// cannot be undone come last.
func Rows() []Row {
	return slices.Concat(
		seedRows(), wireRows(), authRows(), roleRows(),
		networkRows(), networkRefusalRows(), networkUpdateRows(), networkAdminRows(), consumptionRows(),
		ipRows(), ipRefusalRows(), projectRows(),
		firewallRefusalRows(), firewallNetworkRefusalRows(),
		firewallRows(), firewallFindRows(), machineUpdateRows(), lifeCycleRows(), freeRows(),
		machineRows(), allocationRows(), secondProjectRows(),
		faultRows(), eventRows(),
		damageRows(), lastRows(),
	)
}
