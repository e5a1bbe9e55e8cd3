#!/usr/bin/env bash
# github.com/AppsFlyer/go-sundheit 0.6.0: a check that is taken out while it runs, and one put in by the same name meanwhile, as a reload of a configuration
# does: the end of the first one takes the second one off the books. It has no result, so that everything is healthy though it has
# not run, and once it has run it is there for good: to take it out does nothing, and it goes on running. Takes Go.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >go.mod <<'TEXT'
module ask
go 1.21
TEXT
export GOFLAGS=-mod=mod
go get github.com/AppsFlyer/go-sundheit@v0.6.0 2>get.log || { cat get.log; exit 1; }
cat >ask.go <<'GO'
package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	gosundheit "github.com/AppsFlyer/go-sundheit"
)

type check struct{ run func() error }

func (check) Name() string { return "database" }

func (c check) Execute(context.Context) (any, error) { return nil, c.run() }

// put makes a check that first runs after a delay, and then each tenth of a second.
func put(health gosundheit.Health, delay time.Duration, run func() error) {
	err := health.RegisterCheck(check{run}, gosundheit.InitialDelay(delay), gosundheit.ExecutionPeriod(100*time.Millisecond))
	if err != nil {
		panic(err)
	}
}

func say(when string, health gosundheit.Health) {
	results, healthy := health.Results()
	fmt.Printf("%s: %d checks, healthy %v\n", when, len(results), healthy)
}

func until(done func() bool) {
	for limit := time.Now().Add(10 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			panic("waited for too long")
		}
	}
}

func main() {
	for _, waits := range []bool{true, false} {
		health := gosundheit.New()
		started, goOn := make(chan bool), make(chan bool)
		put(health, time.Millisecond, func() error {
			started <- true
			<-goOn
			return errors.New("down")
		})
		<-started
		health.Deregister("database")
		gone := func() bool { results, _ := health.Results(); return len(results) == 0 }
		if waits {
			goOn <- true
			until(gone)
		}
		runs := make(chan bool)
		put(health, time.Second, func() error {
			runs <- true
			return errors.New("down")
		})
		if !waits {
			goOn <- true
			until(gone)
		}
		fmt.Printf("put in %s the first had ended\n", map[bool]string{true: "after", false: "before"}[waits])
		say("  not yet run", health)
		<-runs
		until(func() bool { return !gone() })
		say("  run once", health)
		health.Deregister("database")
		heard := 0
		for quiet := false; !quiet && heard < 5; {
			select {
			case <-runs:
				heard++
			case <-time.After(time.Second):
				quiet = true
			}
		}
		say(fmt.Sprintf("  taken out, and run %s", map[bool]string{true: "on", false: "no more"}[heard == 5]), health)
	}
}
GO
go run ask.go >now.txt
cat >seen.txt <<'TEXT'
put in after the first had ended
  not yet run: 1 checks, healthy false
  run once: 1 checks, healthy false
  taken out, and run no more: 0 checks, healthy true
put in before the first had ended
  not yet run: 0 checks, healthy true
  run once: 1 checks, healthy false
  taken out, and run on: 1 checks, healthy false
TEXT
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
