package simulator

import (
	"net/http"
	"slices"
	"strings"
)

// routes are the operations that are simulated, by metal-api's operation ids.
func routes() []route {
	const (
		ok      = http.StatusOK
		created = http.StatusCreated
	)
	read := func(pattern, operation string, role role, handle func(*call) (any, error)) route {
		return route{pattern: pattern, operation: operation, role: role, status: ok, handle: handle}
	}
	write := func(pattern, operation string, role role, status int, handle func(*call) (any, error)) route {
		return route{pattern: pattern, operation: operation, role: role, status: status, write: true, handle: handle}
	}
	return []route{
		read("GET /v1/network", "listNetworks", viewer, listNetworks),
		read("GET /v1/network/{id}", "findNetwork", viewer, findNetwork),
		read("POST /v1/network/find", "findNetworks", viewer, findNetworks),
		write("POST /v1/network/allocate", "allocateNetwork", editor, created, allocateNetwork),
		write("DELETE /v1/network/free/{id}", "freeNetwork", editor, ok, freeNetwork),
		write("POST /v1/network/free/{id}", "freeNetworkDeprecated", editor, ok, freeNetwork),
		write("POST /v1/network", "updateNetwork", admin, ok, updateNetwork),
		write("PUT /v1/network", "createNetwork", admin, created, createNetwork),
		write("DELETE /v1/network/{id}", "deleteNetwork", admin, ok, deleteNetwork),

		read("GET /v1/ip", "listIPs", viewer, listIPs),
		read("GET /v1/ip/{id}", "findIP", viewer, findIP),
		read("POST /v1/ip/find", "findIPs", viewer, findIPs),
		write("POST /v1/ip/allocate", "allocateIP", editor, created, allocateIP),
		write("POST /v1/ip/allocate/{ip}", "allocateSpecificIP", editor, created, allocateIP),
		write("POST /v1/ip", "updateIP", editor, ok, updateIP),
		write("DELETE /v1/ip/free/{id}", "freeIP", editor, ok, freeIP),

		read("GET /v1/machine", "listMachines", viewer, listMachines),
		read("GET /v1/machine/{id}", "findMachine", viewer, findMachine),
		read("POST /v1/machine/find", "findMachines", viewer, findMachines),
		write("POST /v1/machine/allocate", "allocateMachine", editor, ok, allocateMachine),
		write("POST /v1/machine", "updateMachine", admin, ok, updateMachine),
		write("DELETE /v1/machine/{id}/free", "freeMachine", editor, ok, freeMachine),
		write("DELETE /v1/machine/{id}", "deleteMachine", admin, ok, deleteMachine),
		write("POST /v1/machine/{id}/reinstall", "reinstallMachine", editor, ok, reinstallMachine),
		write("POST /v1/machine/{id}/state", "setMachineState", editor, ok, setMachineState),
		write("POST /v1/machine/{id}/power/on", "machineOn", editor, ok, power("ON", turnOn)),
		write("POST /v1/machine/{id}/power/off", "machineOff", editor, ok, power("OFF", turnOff)),
		write("POST /v1/machine/{id}/power/reset", "machineReset", editor, ok, power("RESET", reboot)),
		write("POST /v1/machine/{id}/power/cycle", "machineCycle", editor, ok, power("CYCLE", reboot)),

		read("GET /v1/firewall", "listFirewalls", viewer, listFirewalls),
		read("GET /v1/firewall/{id}", "findFirewall", viewer, findFirewall),
		read("POST /v1/firewall/find", "findFirewalls", viewer, findFirewalls),
		write("POST /v1/firewall/allocate", "allocateFirewall", editor, ok, allocateFirewall),

		read("GET /v1/project", "listProjects", viewer, listProjects),
		read("GET /v1/project/{id}", "findProject", viewer, findProject),
		read("POST /v1/project/find", "findProjects", viewer, findProjects),
		write("PUT /v1/project", "createProject", admin, created, createProject),
		write("POST /v1/project", "updateProject", admin, ok, updateProject),
		write("DELETE /v1/project/{id}", "deleteProject", admin, ok, deleteProject),

		read("GET /v1/partition", "listPartitions", authenticated, listPartitions),
		read("GET /v1/partition/{id}", "findPartition", authenticated, findPartition),
		read("POST /v1/partition/capacity", "partitionCapacity", authenticated, partitionCapacity),
		read("GET /v1/size", "listSizes", authenticated, listSizes),
		read("GET /v1/size/{id}", "findSize", authenticated, findSize),
		read("GET /v1/image", "listImages", authenticated, listImages),
		read("GET /v1/image/{id}", "findImage", authenticated, findImage),
		read("GET /v1/image/{id}/latest", "findLatestImage", authenticated, findLatestImage),
		read("GET /v1/image/{id}/query", "queryImages by id", authenticated, queryImages),
		write("PUT /v1/image", "createImage", admin, created, createImage),
		write("DELETE /v1/image/{id}", "deleteImage", admin, ok, deleteImage),
		read("GET /v1/filesystemlayout/{id}", "getFilesystemLayout", viewer, getFilesystemLayout),

		read("GET /v1/user/me", "getMe", viewer, getMe),
		read("GET /v1/version", "info", nobody, version),
		read("GET /v1/health", "health", nobody, health),
	}
}

func (s *Simulator) metalRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	for _, op := range routes() {
		mux.HandleFunc(op.pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(op, w, r) })
	}
	return mux
}

// knownArea tells whether metal-api has operations under the path, be they simulated or not.
func knownArea(path string) bool {
	area, _, _ := strings.Cut(strings.TrimPrefix(path, "/v1/"), "/")
	return strings.HasPrefix(path, "/v1/") && slices.Contains([]string{
		"audit", "filesystemlayout", "firewall", "firmware", "image", "ip", "machine", "network", "partition", "project",
		"size", "size-image-constraint", "switch", "tenant", "user", "vpn",
	}, area)
}

func version(*call) (any, error) {
	return map[string]any{
		"name": "metal-api", "version": "v0.44.1, simulated", "builddate": "", "revision": "", "gitsha1": "",
		"min_client_version": "v0.0.1", "release_version": nil,
	}, nil
}

func health(c *call) (any, error) {
	type status struct {
		Status   string            `json:"status"`
		Message  string            `json:"message"`
		Services map[string]status `json:"services,omitempty"`
	}
	healthy := status{Status: "healthy"}
	all := status{Status: "healthy", Services: map[string]status{"ipam": healthy, "masterdata-api": healthy, "rethinkdb": healthy}}
	if name := c.query.Get("service"); name != "" {
		all.Services = map[string]status{name: all.Services[name]}
	}
	return all, nil
}
