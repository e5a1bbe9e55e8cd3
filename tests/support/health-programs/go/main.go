// Services whose health libraries of Go answer, each on a port of its own: says `{"LIBRARY": port, …}` on its first line, and for each line
// `LIBRARY STATE` of its input repeats it once that service is so: up, degraded, down, stopping. Ends when its input does.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	invision "github.com/InVisionApp/go-health/v2"
	"github.com/InVisionApp/go-health/v2/handlers"
	alexliesenfeld "github.com/alexliesenfeld/health"
	hellofresh "github.com/hellofresh/health-go/v5"
	heptiolabs "github.com/heptiolabs/healthcheck"
)

// What a service is in, by the parts that its checks look at: `down` takes its database, `degraded` the cache that it can do without.
type state struct{ atomic.Value }

func (s *state) check(part, brokenIn string) error {
	if s.Load() == brokenIn {
		return errors.New(part + ": connection refused")
	}
	return nil
}

type service struct {
	state  *state
	server *http.Server
	// Returns once the library has seen the state. Left out: it looks at each request.
	settle func()
}

func (s *service) become(to string) {
	s.state.Store(to)
	if s.settle != nil {
		s.settle()
	}
	if to == "stopping" {
		// As services do when they are told to end.
		_ = s.server.Shutdown(context.Background())
	}
}

func withAlexliesenfeld(s *state) (http.Handler, func()) {
	return alexliesenfeld.NewHandler(alexliesenfeld.NewChecker(
		alexliesenfeld.WithDisabledCache(),
		alexliesenfeld.WithCheck(alexliesenfeld.Check{
			Name:  "db",
			Check: func(context.Context) error { return s.check("db", "down") },
		}),
		alexliesenfeld.WithCheck(alexliesenfeld.Check{
			Name:               "cache",
			MaxContiguousFails: 1000,
			Check:              func(context.Context) error { return s.check("cache", "degraded") },
		}),
	)), nil
}

func withHellofresh(s *state) (http.Handler, func()) {
	health, err := hellofresh.New(hellofresh.WithChecks(
		hellofresh.Config{Name: "db", Check: func(context.Context) error { return s.check("db", "down") }},
		hellofresh.Config{Name: "cache", SkipOnErr: true, Check: func(context.Context) error { return s.check("cache", "degraded") }},
	))
	must(err)
	return health.Handler(), nil
}

func withHeptiolabs(s *state) (http.Handler, func()) {
	health := heptiolabs.NewHandler()
	health.AddReadinessCheck("db", func() error { return s.check("db", "down") })
	health.AddReadinessCheck("loop", func() error { return nil })
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		request.URL.Path, request.URL.RawQuery = "/ready", "full=1"
		health.ServeHTTP(response, request)
	}), nil
}

type invisionCheck func() error

func (c invisionCheck) Status() (interface{}, error) { return nil, c() }

func withInvision(s *state) (http.Handler, func()) {
	health := invision.New()
	health.DisableLogging()
	config := func(part, brokenIn string, fatal bool) *invision.Config {
		return &invision.Config{
			Name: part, Fatal: fatal, Interval: 5 * time.Millisecond,
			Checker: invisionCheck(func() error { return s.check(part, brokenIn) }),
		}
	}
	must(health.AddChecks([]*invision.Config{config("db", "down", true), config("cache", "degraded", false)}))
	must(health.Start())
	// It looks by itself.
	settle := func() {
		if s.Load() == "stopping" {
			must(health.Stop())
			return
		}
		for {
			states, _, err := health.State()
			must(err)
			isSeen := len(states) == 2
			for part, brokenIn := range map[string]string{"db": "down", "cache": "degraded"} {
				isSeen = isSeen && (states[part].Status == "failed") == (s.Load() == brokenIn)
			}
			if isSeen {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}
	return handlers.NewJSONHandlerFunc(health, nil), settle
}

var libraries = map[string]func(*state) (http.Handler, func()){
	"alexliesenfeld/health":  withAlexliesenfeld,
	"hellofresh/health-go":   withHellofresh,
	"heptiolabs/healthcheck": withHeptiolabs,
	"InVisionApp/go-health":  withInvision,
}

func main() {
	services := map[string]*service{}
	ports := map[string]int{}
	for name, with := range libraries {
		s := &state{}
		s.Store("up")
		handler, settle := with(s)
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		must(err)
		services[name] = &service{s, &http.Server{Handler: handler}, settle}
		ports[name] = listener.Addr().(*net.TCPAddr).Port
		go func() { _ = services[name].server.Serve(listener) }()
	}
	first, err := json.Marshal(ports)
	must(err)
	fmt.Println(string(first))
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		name, to, _ := strings.Cut(input.Text(), " ")
		services[name].become(to)
		fmt.Println(input.Text())
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
