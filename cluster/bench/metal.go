package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"time"

	metalgo "github.com/metal-stack/metal-go"
	"github.com/metal-stack/metal-go/api/client/network"
	"github.com/metal-stack/metal-go/api/client/project"
	"github.com/metal-stack/metal-go/api/models"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/freeport"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/process"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

const (
	metalKey   = "metal-admin"
	partition  = "mini-lab"
	ourProject = "00000000-0000-0000-0000-000000000001"
	underlay   = "underlay-mini-lab"
	internet   = "internet-mini-lab"

	// spare machines and networks, beyond those that rest.
	spare = 100
)

// RealCosts are those that were measured on a metal-api v0.44.1 with up to 1,600
// networks. See docs/performance.md.
func RealCosts() simulator.Costs {
	return simulator.Costs{
		Request:  simulator.Duration(2 * time.Millisecond),
		Find:     simulator.Duration(4500 * time.Nanosecond),
		Match:    simulator.Duration(660 * time.Microsecond),
		Allocate: simulator.Duration(18 * time.Microsecond),
		Cores:    2,
	}
}

// A metal is a simulated metal-stack as a process.
type metal struct {
	process *process.Process
	url     string
	api     metalgo.Client
	// theirs is the project of others.
	theirs string
}

// startMetal with room for so many networks and firewalls. Requests cost nothing
// until told.
func startMetal(ctx context.Context, o Options, dir string, networks, firewalls int) (*metal, error) {
	port, err := freeport.Choose(ctx)
	if err != nil {
		return nil, err
	}
	address := "127.0.0.1:" + strconv.Itoa(port)
	m := &metal{url: "http://" + address}
	m.process, err = process.Start(process.Spec{
		Name: "metalsim", Path: o.program("metalsim"), Dir: dir, Log: filepath.Join(dir, "metalsim.log"),
		Args: []string{
			"--listen=" + address, "--machines=" + strconv.Itoa(firewalls+spare), "--super-prefixes=10.128.0.0/9",
			"--vrf-pool-size=" + strconv.Itoa(max(131072, 2*networks)), "--admin-key=" + metalKey,
		},
	})
	if err != nil {
		return nil, err
	}
	if err := m.prepare(ctx); err != nil {
		m.process.Stop()
		return nil, err
	}
	return m, nil
}

// prepare a metal-stack for thousands: addresses for all firewalls, and a second
// project.
func (m *metal) prepare(ctx context.Context) error {
	var err error
	if m.api, err = metalgo.NewClient(m.url+"/metal", metalgo.HMACAuth(metalKey, "Metal-Admin")); err != nil {
		return fmt.Errorf("cannot make a client of metal-api: %w", err)
	}
	err = await(ctx, startTimeout, "metalsim", func(ctx context.Context) (string, error) {
		_, err := m.requests(ctx)
		return "", errors.Join(m.process.Err(), err)
	})
	if err != nil {
		return err
	}
	for id, prefixes := range map[string][]string{
		underlay: {"10.1.0.0/24", "10.2.0.0/16"},
		internet: {"203.0.113.128/25", "2001:db8:0:113::/64", "100.64.0.0/16"},
	} {
		request := &models.V1NetworkUpdateRequest{ID: &id, Prefixes: prefixes}
		if _, err := m.api.Network().UpdateNetwork(network.NewUpdateNetworkParamsWithContext(ctx).WithBody(request), nil); err != nil {
			return fmt.Errorf("cannot enlarge network %s: %w", id, err)
		}
	}
	made, err := m.api.Project().CreateProject(project.NewCreateProjectParamsWithContext(ctx).WithBody(
		&models.V1ProjectCreateRequest{Name: "other", TenantID: "metal-stack"}), nil)
	if err != nil {
		return fmt.Errorf("cannot create a project: %w", err)
	}
	m.theirs = made.Payload.Meta.ID
	return nil
}

// requests by operation since the start.
func (m *metal) requests(ctx context.Context) (map[string]simulator.Requests, error) {
	var all map[string]simulator.Requests
	return all, m.control(ctx, http.MethodGet, "requests", nil, &all)
}

// journal of all writes since the start.
func (m *metal) journal(ctx context.Context) ([]simulator.JournalEntry, error) {
	var all []simulator.JournalEntry
	return all, m.control(ctx, http.MethodGet, "journal", nil, &all)
}

func (m *metal) setCosts(ctx context.Context, c simulator.Costs) error {
	return m.control(ctx, http.MethodPut, "costs", c, nil)
}

// control calls metalsim, which such a call costs nothing.
func (m *metal) control(ctx context.Context, method, call string, body, into any) error {
	payload := []byte{}
	if body != nil {
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return fmt.Errorf("cannot encode a control call: %w", err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, m.url+"/control/"+call, bytes.NewReader(payload))
	if err != nil {
		return fmt.Errorf("cannot make a control call: %w", err)
	}
	answer, err := fetch(http.DefaultClient, req)
	if err != nil || into == nil {
		return err
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("cannot understand the answer of control call %s: %w", call, err)
	}
	return nil
}

// fetch the body of a good answer.
func fetch(c *http.Client, req *http.Request) ([]byte, error) {
	res, err := c.Do(req)
	if err != nil {
		return nil, fmt.Errorf("cannot reach %s: %w", req.URL, err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, fmt.Errorf("cannot read the answer of %s: %w", req.URL, err)
	}
	if res.StatusCode >= http.StatusMultipleChoices {
		return nil, fmt.Errorf("%s %s answers %d: %s", req.Method, req.URL, res.StatusCode, body)
	}
	return body, nil
}
