#!/usr/bin/env bash
# connectrpc.com/vanguard 0.4.0, which answers REST calls by google.api.http rules: it takes the path that net/http has decoded and decodes it again. http.proto
# wants one decoding, and a %2F left as it is in a variable of several segments. So what is named `50%` cannot be asked for, what is named
# `a%41` is answered with another one, `aA`, and a slash inside a name is one between names. Takes Go.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >go.mod <<'TEXT'
module ask
go 1.24
TEXT
export GOFLAGS=-mod=mod
go get connectrpc.com/vanguard@v0.4.0 cloud.google.com/go/longrunning@v0.6.7 google.golang.org/protobuf@v1.36.11 2>get.log || { cat get.log; exit 1; }
cat >ask.go <<'GO'
package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"connectrpc.com/vanguard"
	"google.golang.org/protobuf/proto"
)

func main() {
	asked := ""
	// GetOperation, of google.longrunning.Operations: GET /v1/{name=operations/**}.
	rpc := http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			panic(err)
		}
		var message longrunningpb.GetOperationRequest
		if err := proto.Unmarshal(body, &message); err != nil {
			panic(err)
		}
		asked = message.GetName()
		answer.Header().Set("Content-Type", "application/proto")
	})
	operations := longrunningpb.File_google_longrunning_operations_proto.Services().ByName("Operations")
	service := vanguard.NewServiceWithSchema(operations, rpc, vanguard.WithTargetProtocols(vanguard.ProtocolConnect), vanguard.WithTargetCodecs(vanguard.CodecProto))
	transcoder, err := vanguard.NewTranscoder([]*vanguard.Service{service})
	if err != nil {
		panic(err)
	}
	for _, path := range []string{"a%20b", "50%25", "a%2541", "a%2Fb"} {
		asked = "nothing"
		answer := httptest.NewRecorder()
		transcoder.ServeHTTP(answer, httptest.NewRequest("GET", "/v1/operations/"+path, nil))
		fmt.Printf("GET /v1/operations/%s: %d, asked for %s\n", path, answer.Code, asked)
	}
}
GO
go run ask.go >now.txt
cat >seen.txt <<'TEXT'
GET /v1/operations/a%20b: 200, asked for operations/a b
GET /v1/operations/50%25: 404, asked for nothing
GET /v1/operations/a%2541: 200, asked for operations/aA
GET /v1/operations/a%2Fb: 200, asked for operations/a/b
TEXT
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
