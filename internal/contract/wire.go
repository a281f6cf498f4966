package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/metal-stack/security"
)

// The users that metal-api knows by HMAC; the name is sent as the scheme of the Authorization header.
const (
	adminUser = "Metal-Admin"
	editUser  = "Metal-Edit"
	viewUser  = "Metal-View"
)

// requestTimeout bounds each request; the slowest is an allocate that waits 10 s for the partition's mutex.
const requestTimeout = time.Minute

// An object is a JSON object to send.
type object map[string]any

// with returns a copy of the object in which the given fields are replaced.
func (o object) with(fields object) object {
	out := make(object, len(o)+len(fields))
	maps.Copy(out, o)
	maps.Copy(out, fields)

	return out
}

// A client sends requests to one metal-api as one user.
type client struct {
	url  string
	user string
	key  string
}

// An answer is what came back, whatever its status.
type answer struct {
	request string
	status  int
	header  http.Header
	body    []byte
	took    time.Duration
}

// send sends the request signed with the current time.
func (cl client) send(ctx context.Context, method, path string, body any) (answer, error) {
	return cl.sendAt(ctx, time.Now(), method, path, body)
}

// sendAt sends the request signed with the given time. A body that is a string is sent as it is, any other as JSON.
// Without user the request carries no Authorization header.
func (cl client) sendAt(ctx context.Context, at time.Time, method, path string, body any) (answer, error) {
	payload, err := encode(body)
	if err != nil {
		return answer{}, err
	}

	req, err := http.NewRequestWithContext(ctx, method, cl.url+path, bytes.NewReader(payload))
	if err != nil {
		return answer{}, fmt.Errorf("cannot make request: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if cl.user != "" {
		auth := security.NewHMACAuth(cl.user, []byte(cl.key))
		auth.AddAuth(req, at, nil)
	}

	return do(req)
}

// bearer sends a GET with a bearer token.
func (cl client) bearer(ctx context.Context, path, token string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, cl.url+path, nil)
	if err != nil {
		return answer{}, fmt.Errorf("cannot make request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+token)

	return do(req)
}

func do(req *http.Request) (answer, error) {
	ctx, cancel := context.WithTimeout(req.Context(), requestTimeout)
	defer cancel()
	start := time.Now()

	resp, err := http.DefaultClient.Do(req.WithContext(ctx))
	if err != nil {
		return answer{}, fmt.Errorf("cannot send: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()

	got, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, fmt.Errorf("cannot read answer to %s %s: %w", req.Method, req.URL.Path, err)
	}

	return answer{
		request: req.Method + " " + req.URL.Path,
		status:  resp.StatusCode,
		header:  resp.Header,
		body:    bytes.TrimSpace(got),
		took:    time.Since(start),
	}, nil
}

func encode(body any) ([]byte, error) {
	switch b := body.(type) {
	case nil:
		return nil, nil
	case string:
		return []byte(b), nil
	default:
		payload, err := json.Marshal(b)
		if err != nil {
			return nil, fmt.Errorf("cannot encode request: %w", err)
		}

		return payload, nil
	}
}

// message returns the message of an error answer. metal-api sends a JSON string that holds the JSON of the error;
// anything else is returned as it came, so that it is seen in the report.
func (a answer) message() string {
	var text string
	if err := json.Unmarshal(a.body, &text); err != nil {
		return string(a.body)
	}

	var inner struct {
		StatusCode int    `json:"statuscode"`
		Message    string `json:"message"`
	}
	if err := json.Unmarshal([]byte(text), &inner); err != nil || inner.StatusCode != a.status {
		return string(a.body)
	}

	return inner.Message
}

// String is the answer for the report.
func (a answer) String() string {
	text := string(a.body)
	if a.status >= http.StatusBadRequest {
		text = a.message()
	}
	if len(text) > 300 {
		text = text[:300] + "…"
	}

	return fmt.Sprintf("%s: %d %s", a.request, a.status, strings.TrimSpace(text))
}
