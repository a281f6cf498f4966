package simulator

import (
	"fmt"
	"time"
)

const (
	roleMachine  = "machine"
	roleFirewall = "firewall"

	locked   = "LOCKED"
	reserved = "RESERVED"
)

type machine struct {
	id, partition, size, rack string
	tags                      []string
	allocation                *allocation // never changed in place
	preallocated              bool
	state                     machineState
	created, changed          time.Time
}

type allocation struct {
	uuid, creator, name, description string
	project, image, hostname, role   string
	layout                           string
	networks                         []machineNetwork
	keys                             []string
	userData                         string
	reinstall                        bool
	rules                            *firewallRules
	dns                              []dnsServer
	ntp                              []ntpServer
	bootInfo                         *bootInfo
	created                          time.Time
}

type machineState struct {
	Value              string `json:"value"`
	Description        string `json:"description"`
	Issuer             string `json:"issuer,omitempty"`
	MetalHammerVersion string `json:"metal_hammer_version"`
}

type machineNetwork struct {
	NetworkID           string   `json:"networkid"`
	Prefixes            []string `json:"prefixes"`
	IPs                 []string `json:"ips"`
	DestinationPrefixes []string `json:"destinationprefixes"`
	NetworkType         string   `json:"networktype"`
	VRF                 int      `json:"vrf"`
	ASN                 int64    `json:"asn"`
	Nat                 bool     `json:"nat"`
	Private             bool     `json:"private"`
	Underlay            bool     `json:"underlay"`
	ProjectID           string   `json:"projectid"`
	NetworkTypeV2       string   `json:"networktypev2"`
	NATTypeV2           string   `json:"nattypev2"`
}

type dnsServer struct {
	IP string `json:"ip"`
}

type ntpServer struct {
	Address string `json:"address"`
}

type bootInfo struct {
	ImageID      string `json:"image_id"`
	PrimaryDisk  string `json:"primary_disk"`
	OSPartition  string `json:"os_partition"`
	Initrd       string `json:"initrd"`
	Cmdline      string `json:"cmdline"`
	Kernel       string `json:"kernel"`
	BootloaderID string `json:"bootloaderid"`
}

type allocationResponse struct {
	Creator          string           `json:"creator"`
	Created          time.Time        `json:"created"`
	Name             string           `json:"name"`
	Description      string           `json:"description,omitempty"`
	Project          string           `json:"project"`
	Image            *imageResponse   `json:"image"`
	FilesystemLayout *layoutResponse  `json:"filesystemlayout"`
	Networks         []machineNetwork `json:"networks"`
	Hostname         string           `json:"hostname"`
	SSHPubKeys       []string         `json:"ssh_pub_keys"`
	UserData         string           `json:"user_data,omitempty"`
	Succeeded        bool             `json:"succeeded"`
	Reinstall        bool             `json:"reinstall"`
	BootInfo         *bootInfo        `json:"boot_info"`
	Role             string           `json:"role"`
	VPN              *struct{}        `json:"vpn"`
	AllocationUUID   string           `json:"allocationuuid"`
	FirewallRules    *firewallRules   `json:"firewall_rules,omitempty"`
	DNSServers       []dnsServer      `json:"dns_servers,omitempty"`
	NTPServers       []ntpServer      `json:"ntp_servers,omitempty"`
}

type hardwareResponse struct {
	Memory   uint64           `json:"memory"`
	CPUCores int              `json:"cpu_cores"`
	Disks    []map[string]any `json:"disks"`
	CPUs     []map[string]any `json:"cpus,omitempty"`
	Nics     []map[string]any `json:"nics"`
}

type machineResponse struct {
	ID          string              `json:"id"`
	Name        string              `json:"name"`
	Description string              `json:"description"`
	Partition   *partitionResponse  `json:"partition"`
	RackID      string              `json:"rackid"`
	Size        *sizeResponse       `json:"size"`
	Hardware    hardwareResponse    `json:"hardware"`
	BIOS        map[string]string   `json:"bios"`
	Allocation  *allocationResponse `json:"allocation"`
	State       machineState        `json:"state"`
	LEDState    map[string]string   `json:"ledstate"`
	Liveliness  string              `json:"liveliness"`
	Events      eventsResponse      `json:"events"`
	Tags        []string            `json:"tags"`
	Created     time.Time           `json:"created"`
	Changed     time.Time           `json:"changed"`
}

// machineResponse composes the answer. It fails with 404 when the machine's image has gone: such a 404 does not mean
// that the machine has.
func (s *stack) machineResponse(m machine) (*machineResponse, error) {
	r := s.bareMachineResponse(m)
	if m.allocation != nil {
		i, err := s.images.get(m.allocation.image)
		if err != nil {
			return nil, fmt.Errorf("image of machine %s: %w", m.id, err)
		}
		r.Allocation.Image = i.response()
	}
	return r, nil
}

// bareMachineResponse answers a list, in which an image that has gone is only empty.
func (s *stack) bareMachineResponse(m machine) *machineResponse {
	// Partition, size and events of a simulated machine always exist.
	p, _ := s.partitions.get(m.partition)
	z, _ := s.sizes.get(m.size)
	e, _ := s.events.get(m.id)
	r := &machineResponse{
		ID:        m.id,
		Partition: p.response(),
		RackID:    m.rack,
		Size:      z.response(),
		Hardware: hardwareResponse{
			Memory:   4 << 30,
			CPUCores: 2,
			Disks:    []map[string]any{{"name": "/dev/sda", "size": 10 << 30}},
			CPUs:     []map[string]any{{"vendor": "GenuineIntel", "model": "simulated", "cores": 2, "threads": 2}},
			Nics:     []map[string]any{},
		},
		BIOS:       map[string]string{"version": "1.0", "vendor": "simulated", "date": "01/01/2026"},
		State:      m.state,
		LEDState:   map[string]string{"value": "LED-OFF", "description": ""},
		Liveliness: e.liveliness,
		Events:     e.response(),
		Tags:       append([]string{}, m.tags...),
		Created:    m.created,
		Changed:    m.changed,
	}
	if a := m.allocation; a != nil {
		r.Allocation = a.response()
		i, _ := s.images.get(a.image)
		r.Allocation.Image = i.response()
		if l, err := s.layouts.get(a.layout); err == nil {
			r.Allocation.FilesystemLayout = l.response()
		}
	}
	return r
}

func (a allocation) response() *allocationResponse {
	return &allocationResponse{
		Creator:        a.creator,
		Created:        a.created,
		Name:           a.name,
		Description:    a.description,
		Project:        a.project,
		Networks:       a.networks,
		Hostname:       a.hostname,
		SSHPubKeys:     a.keys,
		UserData:       a.userData,
		Reinstall:      a.reinstall,
		BootInfo:       a.bootInfo,
		Role:           a.role,
		AllocationUUID: a.uuid,
		FirewallRules:  a.rules,
		DNSServers:     a.dns,
		NTPServers:     a.ntp,
	}
}

// note tells the journal about the machine and its allocation.
func (m machine) note(e *JournalEntry) {
	e.ID, e.Marks = m.id, m.tags
	if a := m.allocation; a != nil {
		e.AllocationUUID, e.Project, e.Name = a.uuid, a.project, a.name
	}
}
