package contract

import "time"

// What mini-lab is seeded with.
const (
	labPartition  = "mini-lab"
	labSize       = "v1-small-x86"
	labFirewall   = "firewall-ubuntu-3.0"
	labMachine    = "ubuntu-26.4"
	labInternet   = "internet-mini-lab"
	labSuper      = "tenant-super-network-mini-lab"
	labUnderlay   = "underlay-mini-lab"
	labSystem     = "00000000-0000-0000-0000-000000000000"
	labProject    = "00000000-0000-0000-0000-000000000001"
	labUnknownID  = "99999999-9999-9999-9999-999999999999"
	namePrefix    = "contract-"
	markKey       = "metal-stack.crossplane.io/uid"
	machineTag    = "machine.metal-stack.io/id="
	waiting       = "Waiting"
	phonedHome    = "Phoned Home"
	machinesInLab = 2
)

// The parts of metal-api's answers that rows look at. A list is nil where the answer has null or no such field.
type (
	network struct {
		ID                  string            `json:"id"`
		Name                string            `json:"name"`
		Description         string            `json:"description"`
		ProjectID           string            `json:"projectid"`
		PartitionID         string            `json:"partitionid"`
		ParentNetworkID     string            `json:"parentnetworkid"`
		Labels              map[string]string `json:"labels"`
		Prefixes            []string          `json:"prefixes"`
		DestinationPrefixes []string          `json:"destinationprefixes"`
		ChildLength         map[string]int    `json:"defaultchildprefixlength"`
		NetworkType         string            `json:"networktype"`
		NATType             string            `json:"nattype"`
		VRF                 int               `json:"vrf"`
		NAT                 bool              `json:"nat"`
		Shared              bool              `json:"shared"`
		PrivateSuper        bool              `json:"privatesuper"`
		Underlay            bool              `json:"underlay"`
		Consumption         consumption       `json:"consumption"`
		Changed             string            `json:"changed"`
	}

	// consumption is nil for a family that the network does not have.
	consumption struct {
		IPv4 *usage `json:"ipv4"`
		IPv6 *usage `json:"ipv6"`
	}

	usage struct {
		UsedIPs int `json:"used_ips"`
	}

	ip struct {
		Address        string   `json:"ipaddress"`
		AllocationUUID string   `json:"allocationuuid"`
		Name           string   `json:"name"`
		Description    string   `json:"description"`
		NetworkID      string   `json:"networkid"`
		ProjectID      string   `json:"projectid"`
		Type           string   `json:"type"`
		Tags           []string `json:"tags"`
	}

	// machine is a machine or a firewall.
	machine struct {
		ID         string      `json:"id"`
		Allocation *allocation `json:"allocation"`
		Tags       []string    `json:"tags"`
		Liveliness string      `json:"liveliness"`
		Events     events      `json:"events"`
		State      state       `json:"state"`
		Size       named       `json:"size"`
		Partition  named       `json:"partition"`
	}

	allocation struct {
		UUID         string           `json:"allocationuuid"`
		Created      string           `json:"created"`
		Creator      string           `json:"creator"`
		Name         string           `json:"name"`
		Description  string           `json:"description"`
		Hostname     string           `json:"hostname"`
		Project      string           `json:"project"`
		Role         string           `json:"role"`
		Image        named            `json:"image"`
		SSHPubKeys   []string         `json:"ssh_pub_keys"`
		UserData     string           `json:"user_data"`
		BootInfo     *object          `json:"boot_info"`
		Rules        rules            `json:"firewall_rules"`
		Networks     []machineNetwork `json:"networks"`
		Reinstall    bool             `json:"reinstall"`
		SetSucceeded bool             `json:"succeeded"`
	}

	rules struct {
		Egress  []object `json:"egress"`
		Ingress []object `json:"ingress"`
	}

	machineNetwork struct {
		NetworkID string   `json:"networkid"`
		IPs       []string `json:"ips"`
		Private   bool     `json:"private"`
		Underlay  bool     `json:"underlay"`
	}

	events struct {
		Log       []event `json:"log"`
		LastTime  string  `json:"last_event_time"`
		CrashLoop bool    `json:"crash_loop"`
	}

	event struct {
		Event   string    `json:"event"`
		Message string    `json:"message"`
		Time    time.Time `json:"time"`
	}

	state struct {
		Value       string `json:"value"`
		Description string `json:"description"`
	}

	named struct {
		ID       string   `json:"id"`
		Name     string   `json:"name"`
		URL      string   `json:"url"`
		Features []string `json:"features"`
	}

	project struct {
		Meta        projectMeta `json:"meta"`
		Name        string      `json:"name"`
		Description string      `json:"description"`
		TenantID    string      `json:"tenant_id"`
		Quotas      struct {
			Machine *struct {
				Quota int `json:"quota"`
			} `json:"machine"`
		} `json:"quotas"`
	}

	projectMeta struct {
		ID          string            `json:"id"`
		Version     int               `json:"version"`
		Labels      []string          `json:"labels"`
		Annotations map[string]string `json:"annotations"`
	}
)

// last returns the newest event: metal-api's log begins with it, and keeps the events of earlier allocations.
func (m machine) last() string {
	if len(m.Events.Log) == 0 {
		return ""
	}

	return m.Events.Log[0].Event
}

// available says whether the next allocate may take the machine.
func (m machine) available() bool {
	return m.Allocation == nil && m.last() == waiting && m.Liveliness == "Alive" && m.State.Value == "" &&
		m.Size.ID == labSize && m.Partition.ID == labPartition
}

// addresses returns all IPs of the allocation but those of the underlay, which metal-api adds by itself.
func (m machine) addresses() []string {
	var ips []string
	if m.Allocation == nil {
		return nil
	}
	for _, n := range m.Allocation.Networks {
		if !n.Underlay {
			ips = append(ips, n.IPs...)
		}
	}

	return ips
}
