package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/metal-stack/security"
)

// requestTimeout of what goes around the proxies.
const requestTimeout = 10 * time.Second

// A metalClient talks to metal-api as one of its users.
type metalClient struct {
	url  string
	user string
	key  string
}

// do a request and decode its answer, unless into is nil.
func (c metalClient) do(ctx context.Context, method, path string, body, into any) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	var payload []byte
	if body != nil {
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return fmt.Errorf("cannot encode a request: %w", err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, bytes.NewReader(payload))
	if err != nil {
		return fmt.Errorf("cannot make a request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	auth := security.NewHMACAuth(c.user, []byte(c.key))
	auth.AddAuth(req, time.Now(), nil)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("cannot reach metal-api: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("cannot read the answer of metal-api: %w", err)
	}
	if res.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s: metal-api answers %d: %s", method, path, res.StatusCode, b)
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("%s %s: cannot understand the answer of metal-api: %w", method, path, err)
	}
	return nil
}

// A metalNetwork as metal-api shows it.
type metalNetwork struct {
	ID          string            `json:"id"`
	Project     string            `json:"projectid"`
	Labels      map[string]string `json:"labels"`
	Prefixes    []string          `json:"prefixes"`
	Consumption json.RawMessage   `json:"consumption"`
}

// A metalIP as metal-api shows it.
type metalIP struct {
	Address string `json:"ipaddress"`
	Network string `json:"networkid"`
	Project string `json:"projectid"`

	UUID string   `json:"allocationuuid"`
	Type string   `json:"type"`
	Tags []string `json:"tags"`
}

// A metalMachine as metal-api shows it.
type metalMachine struct {
	ID         string   `json:"id"`
	Tags       []string `json:"tags"`
	Allocation *struct {
		UUID    string `json:"allocationuuid"`
		Project string `json:"project"`
		Role    string `json:"role"`
	} `json:"allocation"`
}

func (c metalClient) networks(ctx context.Context) ([]metalNetwork, error) {
	var all []metalNetwork
	err := c.do(ctx, http.MethodGet, "/v1/network", nil, &all)
	return all, err
}

func (c metalClient) machines(ctx context.Context) ([]metalMachine, error) {
	var all []metalMachine
	err := c.do(ctx, http.MethodGet, "/v1/machine", nil, &all)
	return all, err
}

func (c metalClient) ips(ctx context.Context) ([]metalIP, error) {
	var all []metalIP
	err := c.do(ctx, http.MethodGet, "/v1/ip", nil, &all)
	return all, err
}
