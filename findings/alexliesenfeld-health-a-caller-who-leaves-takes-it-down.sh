#!/usr/bin/env bash
# github.com/alexliesenfeld/health 0.8.0, a library for health endpoints: a check whose caller goes away while it runs is down, as one that timed out,
# though the check itself goes on and succeeds, and that result is kept for the next callers, for as long as results are cached. So
# a probe that waits for less than a check takes makes 503 of the answers to everyone else. Takes Go.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >go.mod <<'TEXT'
module ask
go 1.21
TEXT
export GOFLAGS=-mod=mod
go get github.com/alexliesenfeld/health@v0.8.0 2>get.log || { cat get.log; exit 1; }
cat >ask.go <<'GO'
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"time"

	"github.com/alexliesenfeld/health"
)

var stamp = regexp.MustCompile(`"timestamp":"[^"]*",?`)

func main() {
	started, goOn, ended := make(chan bool, 1), make(chan bool, 1), make(chan error, 1)
	checker := health.NewChecker(
		health.WithDisabledAutostart(),
		health.WithCacheDuration(time.Minute),
		health.WithTimeout(time.Minute),
		health.WithCheck(health.Check{Name: "database", Check: func(context.Context) error {
			started <- true
			<-goOn
			ended <- nil
			return nil
		}}),
	)
	server := httptest.NewServer(health.NewHandler(checker))
	ask := func(ctx context.Context) string {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
		if err != nil {
			panic(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return "no answer"
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			panic(err)
		}
		return fmt.Sprint(response.StatusCode, " ", stamp.ReplaceAllString(string(body), ""))
	}

	ctx, leave := context.WithCancel(context.Background())
	go func() {
		<-started
		leave()
	}()
	fmt.Println("the first, who leaves:", ask(ctx))
	second := make(chan string)
	go func() { second <- ask(context.Background()) }()
	fmt.Println("the second, who waits:", <-second)
	goOn <- true
	fmt.Println("the check itself:", <-ended)
	fmt.Println("a third:", ask(context.Background()))
}
GO
go run ask.go >now.txt
cat >seen.txt <<'TEXT'
the first, who leaves: no answer
the second, who waits: 503 {"status":"down","details":{"database":{"status":"down","error":"check timed out"}}}
the check itself: <nil>
a third: 503 {"status":"down","details":{"database":{"status":"down","error":"check timed out"}}}
TEXT
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
