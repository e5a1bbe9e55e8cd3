// Made by `npm run generate` from the .proto files. Do not edit.

/** The OpenAPI document of the REST API. */
export const openapiDocument: object = {
  "openapi": "3.1.1",
  "info": {
    "title": "OpenK",
    "version": "0.1.0",
    "description": "Health aggregation service: watches many services, rolls their health up, answers gRPC, gRPC-Web, Connect and REST on one port. The same methods answer gRPC, gRPC-Web and Connect on the same port.",
    "license": {
      "name": "Apache-2.0",
      "identifier": "Apache-2.0"
    }
  },
  "servers": [
    {
      "url": "."
    }
  ],
  "security": [],
  "tags": [
    {
      "name": "HealthService",
      "description": "Answers about the health of the components that this OpenK watches, and takes reports of their own."
    },
    {
      "name": "StatusPageService",
      "description": "Answers with status pages as they are configured. Ids of components, targets, reasons and whatever is not on the page are in no answer."
    },
    {
      "name": "AlertService",
      "description": "Answers which alerts there are, takes their acknowledgement, and shows what became of each delivery."
    },
    {
      "name": "MaintenanceService",
      "description": "Takes components out of service for a time (maintenance), or keeps new alerts about them from being opened (silences). Each has a selector, an end, an author and a reason; all are kept over restarts, and are in the audit log. For callers who see a part of the components only, those exist whose selectors take nothing else."
    },
    {
      "name": "AgentService",
      "description": "Gives agents their work, and takes what they have seen. Takes PROBE, and TLS or the loopback (agents.allow_cleartext)."
    },
    {
      "name": "AuditService",
      "description": "Answers who changed what, for those who have to know."
    },
    {
      "name": "Plain HTTP",
      "description": "Health for whoever speaks nothing but HTTP."
    }
  ],
  "paths": {
    "/v1/health": {
      "get": {
        "operationId": "HealthService_GetHealth",
        "tags": [
          "HealthService"
        ],
        "summary": "The health of one component, now or at a past time",
        "description": "The health of one component, now or at a past time. Errors: NOT_FOUND for an id that there is not (and, with `at`, was not then), INVALID_ARGUMENT for a time to come, UNAVAILABLE when history cannot be read.",
        "parameters": [
          {
            "name": "component",
            "in": "query",
            "description": "Id of the component. Empty: the root group.",
            "schema": {
              "type": "string",
              "pattern": "^$|^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
            },
            "example": "openk"
          },
          {
            "name": "at",
            "in": "query",
            "description": "A past time: what was known then. The status, and since, reason, caused_by and revision of the change to it; checked_at and latency while that observation is kept; nothing else. UNKNOWN with the reason NOT_RUNNING where OpenK did not run, and after a crash from up to a second before it on, since OpenK writes down each second that it runs; with NO_RECORD where nothing is kept of that time or the component was not there yet. Not set: now.",
            "schema": {
              "type": "string",
              "format": "date-time"
            },
            "example": "2026-11-22T09:30:00Z"
          }
        ],
        "responses": {
          "200": {
            "description": "The health of one component.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.health.v1.GetHealthResponse"
                },
                "example": {
                  "health": {
                    "component": "openk",
                    "status": "HEALTH_STATUS_HEALTHY",
                    "since": "2026-11-23T09:30:00Z",
                    "reason": {
                      "code": "RULE",
                      "message": "3 of 3 members are HEALTHY"
                    },
                    "memberCounts": {
                      "total": 4,
                      "healthy": 3,
                      "unknown": 1,
                      "ignored": 1
                    },
                    "revision": "12"
                  }
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/components/{component}/health": {
      "get": {
        "operationId": "HealthService_GetHealth_2",
        "tags": [
          "HealthService"
        ],
        "summary": "The health of one component, now or at a past time",
        "description": "The health of one component, now or at a past time. Errors: NOT_FOUND for an id that there is not (and, with `at`, was not then), INVALID_ARGUMENT for a time to come, UNAVAILABLE when history cannot be read.",
        "parameters": [
          {
            "name": "component",
            "in": "path",
            "description": "Id of the component. Empty: the root group.",
            "schema": {
              "type": "string",
              "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
            },
            "example": "openk",
            "required": true
          },
          {
            "name": "at",
            "in": "query",
            "description": "A past time: what was known then. The status, and since, reason, caused_by and revision of the change to it; checked_at and latency while that observation is kept; nothing else. UNKNOWN with the reason NOT_RUNNING where OpenK did not run, and after a crash from up to a second before it on, since OpenK writes down each second that it runs; with NO_RECORD where nothing is kept of that time or the component was not there yet. Not set: now.",
            "schema": {
              "type": "string",
              "format": "date-time"
            },
            "example": "2026-11-22T09:30:00Z"
          }
        ],
        "responses": {
          "200": {
            "description": "The health of one component.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.health.v1.GetHealthResponse"
                },
                "example": {
                  "health": {
                    "component": "openk",
                    "status": "HEALTH_STATUS_HEALTHY",
                    "since": "2026-11-23T09:30:00Z",
                    "reason": {
                      "code": "RULE",
                      "message": "3 of 3 members are HEALTHY"
                    },
                    "memberCounts": {
                      "total": 4,
                      "healthy": 3,
                      "unknown": 1,
                      "ignored": 1
                    },
                    "revision": "12"
                  }
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/components": {
      "get": {
        "operationId": "HealthService_ListComponents",
        "tags": [
          "HealthService"
        ],
        "summary": "All components in order of their ids, with filters, a page at a time",
        "description": "All components in order of their ids, with filters, a page at a time. By POST the filters are in the body: a URL with many of them is longer than the 16 KiB that a request line and its headers may have (431). Errors: INVALID_ARGUMENT for a bad page token or selector, NOT_FOUND for a parent that there is not.",
        "parameters": [
          {
            "name": "pageSize",
            "in": "query",
            "description": "Components on a page, at most 1000. Default: 50.",
            "schema": {
              "type": "integer",
              "format": "int32",
              "minimum": 0,
              "maximum": 1000
            }
          },
          {
            "name": "pageToken",
            "in": "query",
            "description": "The next_page_token of the page before, with the same filters.",
            "schema": {
              "type": "string",
              "maxLength": 1024
            }
          },
          {
            "name": "status",
            "in": "query",
            "description": "Only components with one of these statuses.",
            "schema": {
              "type": "array",
              "items": {
                "$ref": "#/components/schemas/openk.common.v1.HealthStatus"
              }
            }
          },
          {
            "name": "label",
            "in": "query",
            "description": "Only components with all of these labels: \"team=payments\", \"team!=payments\" (also those without the label, as in Kubernetes), or \"team\" for any value.",
            "schema": {
              "type": "array",
              "items": {
                "type": "string",
                "minLength": 1,
                "maxLength": 512
              },
              "maxItems": 64
            },
            "example": [
              "team=platform"
            ]
          },
          {
            "name": "parent",
            "in": "query",
            "description": "Only direct members of this group.",
            "schema": {
              "type": "string",
              "pattern": "^$|^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
            }
          }
        ],
        "responses": {
          "200": {
            "description": "A page of components.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.health.v1.ListComponentsResponse"
                },
                "example": {
                  "components": [
                    {
                      "id": "openk",
                      "labels": {
                        "team": "platform"
                      },
                      "kind": "group",
                      "health": {
                        "component": "openk",
                        "status": "HEALTH_STATUS_HEALTHY",
                        "since": "2026-11-23T09:30:00Z",
                        "reason": {
                          "code": "RULE",
                          "message": "3 of 3 members are HEALTHY"
                        },
                        "memberCounts": {
                          "total": 4,
                          "healthy": 3,
                          "unknown": 1,
                          "ignored": 1
                        },
                        "revision": "12"
                      }
                    }
                  ],
                  "nextPageToken": "",
                  "revision": "12"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/components:list": {
      "post": {
        "operationId": "HealthService_ListComponents_2",
        "tags": [
          "HealthService"
        ],
        "summary": "All components in order of their ids, with filters, a page at a time",
        "description": "All components in order of their ids, with filters, a page at a time. By POST the filters are in the body: a URL with many of them is longer than the 16 KiB that a request line and its headers may have (431). Errors: INVALID_ARGUMENT for a bad page token or selector, NOT_FOUND for a parent that there is not.",
        "requestBody": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "title": "ListComponentsRequest",
                "description": "Asks for a page of components. All filters must hold.",
                "properties": {
                  "pageSize": {
                    "type": "integer",
                    "format": "int32",
                    "minimum": 0,
                    "maximum": 1000,
                    "description": "Components on a page, at most 1000. Default: 50."
                  },
                  "pageToken": {
                    "type": "string",
                    "maxLength": 1024,
                    "description": "The next_page_token of the page before, with the same filters."
                  },
                  "status": {
                    "type": "array",
                    "items": {
                      "$ref": "#/components/schemas/openk.common.v1.HealthStatus"
                    },
                    "description": "Only components with one of these statuses."
                  },
                  "label": {
                    "type": "array",
                    "items": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 512
                    },
                    "maxItems": 64,
                    "description": "Only components with all of these labels: \"team=payments\", \"team!=payments\" (also those without the label, as in Kubernetes), or \"team\" for any value."
                  },
                  "parent": {
                    "type": "string",
                    "pattern": "^$|^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$",
                    "description": "Only direct members of this group."
                  }
                }
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "A page of components.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.health.v1.ListComponentsResponse"
                },
                "example": {
                  "components": [
                    {
                      "id": "openk",
                      "labels": {
                        "team": "platform"
                      },
                      "kind": "group",
                      "health": {
                        "component": "openk",
                        "status": "HEALTH_STATUS_HEALTHY",
                        "since": "2026-11-23T09:30:00Z",
                        "reason": {
                          "code": "RULE",
                          "message": "3 of 3 members are HEALTHY"
                        },
                        "memberCounts": {
                          "total": 4,
                          "healthy": 3,
                          "unknown": 1,
                          "ignored": 1
                        },
                        "revision": "12"
                      }
                    }
                  ],
                  "nextPageToken": "",
                  "revision": "12"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/components/{component}": {
      "get": {
        "operationId": "HealthService_GetComponent",
        "tags": [
          "HealthService"
        ],
        "summary": "What a component is, as configured, and its health",
        "description": "What a component is, as configured, and its health. Errors: NOT_FOUND for an id that there is not.",
        "parameters": [
          {
            "name": "component",
            "in": "path",
            "description": "Id of the component. Empty: the root group.",
            "schema": {
              "type": "string",
              "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
            },
            "example": "openk",
            "required": true
          }
        ],
        "responses": {
          "200": {
            "description": "What a component is, and its health.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.health.v1.GetComponentResponse"
                },
                "example": {
                  "definition": {
                    "id": "openk-port",
                    "tcp": {
                      "target": "127.0.0.1:8080"
                    },
                    "interval": "5s"
                  },
                  "health": {
                    "component": "openk-port",
                    "status": "HEALTH_STATUS_HEALTHY",
                    "since": "2026-11-23T09:30:00Z",
                    "reason": {
                      "code": "RULE",
                      "message": "3 of 3 members are HEALTHY"
                    },
                    "revision": "12"
                  },
                  "parents": [
                    "openk"
                  ]
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/health:watch": {
      "get": {
        "operationId": "HealthService_WatchHealth",
        "tags": [
          "HealthService"
        ],
        "summary": "First a snapshot (or, with since_revision, what changed after it), then every change",
        "description": "First a snapshot (or, with since_revision, what changed after it), then every change. A slow reader gets the latest state of what changed, never a backlog. Ends with UNAVAILABLE when the server shuts down. By POST the ids are in the body: a URL with hundreds of them is longer than the 16 KiB that a request line and its headers may have (431). Errors: NOT_FOUND for an id or a parent that there is not, INVALID_ARGUMENT for a bad selector and for a revision above the latest (reason REVISION_IN_THE_FUTURE).",
        "parameters": [
          {
            "name": "components",
            "in": "query",
            "description": "Ids of the components to watch. Empty: all.",
            "schema": {
              "type": "array",
              "items": {
                "type": "string",
                "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
              },
              "maxItems": 10000,
              "uniqueItems": true
            }
          },
          {
            "name": "sinceRevision",
            "in": "query",
            "description": "The revision of the last message that was received: the stream goes on from there without a gap, at once with what changed after it, or with a keep_alive where nothing did. Where it is not known any more what changed, it starts with a snapshot. 0: start with a snapshot. With `parent`, `label` or `summaries` it starts with a snapshot where the configuration was read again after that revision, or the server was started after it; with `summaries` alone not where `structure` says that they are the same.",
            "schema": {
              "type": "string",
              "format": "uint64",
              "pattern": "^[0-9]{1,20}$"
            }
          },
          {
            "name": "parent",
            "in": "query",
            "description": "Only direct members of this group, as they are at each time: what a reload makes a member is in a change, and what it makes none is `removed`.",
            "schema": {
              "type": "string",
              "pattern": "^$|^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
            }
          },
          {
            "name": "label",
            "in": "query",
            "description": "Only components with all of these labels, as they are at each time. The selectors are those of ListComponents.",
            "schema": {
              "type": "array",
              "items": {
                "type": "string",
                "minLength": 1,
                "maxLength": 512
              },
              "maxItems": 64
            }
          },
          {
            "name": "summaries",
            "in": "query",
            "description": "Whether snapshots and changes have `summaries`.",
            "schema": {
              "type": "boolean"
            }
          },
          {
            "name": "minInterval",
            "in": "query",
            "description": "Least time between two messages with changes, for readers who need not have each: the latest state comes then, up to a quarter of that time later, so that watchers share messages. The first message comes at once. Default: no such time.",
            "schema": {
              "type": "string",
              "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$"
            },
            "example": "1.5s"
          },
          {
            "name": "keepAlive",
            "in": "query",
            "description": "Longest silence of the stream, after which a keep_alive comes. Default: 15s.",
            "schema": {
              "type": "string",
              "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$"
            },
            "example": "1.5s"
          },
          {
            "name": "structure",
            "in": "query",
            "description": "With `summaries` and `since_revision`: the `structure` of the last message that had one. Where the components are what they were then, over a start of the server too, the stream goes on without a snapshot. Empty: not known.",
            "schema": {
              "type": "string",
              "maxLength": 64
            }
          },
          {
            "name": "Last-Event-ID",
            "in": "header",
            "description": "Id of the last event that was received: the stream goes on behind it. It beats sinceRevision.",
            "schema": {
              "type": "string",
              "pattern": "^[0-9]{1,20}$"
            }
          }
        ],
        "responses": {
          "200": {
            "description": "A stream of messages, each by the schema: one as JSON in each line (`application/x-ndjson`), or in the `data` of each event (`text/event-stream`). An error after the first one is the last thing in it: a line `{\"error\": Status}`, or an event `error`. A message of the stream: exactly one of the three.",
            "content": {
              "application/x-ndjson": {
                "schema": {
                  "$ref": "#/components/schemas/openk.health.v1.WatchHealthResponse"
                },
                "example": {
                  "snapshot": {
                    "revision": "12",
                    "components": [
                      {
                        "component": "openk",
                        "status": "HEALTH_STATUS_HEALTHY",
                        "since": "2026-11-23T09:30:00Z",
                        "reason": {
                          "code": "RULE",
                          "message": "3 of 3 members are HEALTHY"
                        },
                        "memberCounts": {
                          "total": 4,
                          "healthy": 3,
                          "unknown": 1,
                          "ignored": 1
                        },
                        "revision": "12"
                      }
                    ]
                  }
                }
              },
              "text/event-stream": {
                "schema": {
                  "$ref": "#/components/schemas/openk.health.v1.WatchHealthResponse"
                },
                "example": {
                  "snapshot": {
                    "revision": "12",
                    "components": [
                      {
                        "component": "openk",
                        "status": "HEALTH_STATUS_HEALTHY",
                        "since": "2026-11-23T09:30:00Z",
                        "reason": {
                          "code": "RULE",
                          "message": "3 of 3 members are HEALTHY"
                        },
                        "memberCounts": {
                          "total": 4,
                          "healthy": 3,
                          "unknown": 1,
                          "ignored": 1
                        },
                        "revision": "12"
                      }
                    ]
                  }
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      },
      "post": {
        "operationId": "HealthService_WatchHealth_2",
        "tags": [
          "HealthService"
        ],
        "summary": "First a snapshot (or, with since_revision, what changed after it), then every change",
        "description": "First a snapshot (or, with since_revision, what changed after it), then every change. A slow reader gets the latest state of what changed, never a backlog. Ends with UNAVAILABLE when the server shuts down. By POST the ids are in the body: a URL with hundreds of them is longer than the 16 KiB that a request line and its headers may have (431). Errors: NOT_FOUND for an id or a parent that there is not, INVALID_ARGUMENT for a bad selector and for a revision above the latest (reason REVISION_IN_THE_FUTURE).",
        "parameters": [
          {
            "name": "Last-Event-ID",
            "in": "header",
            "description": "Id of the last event that was received: the stream goes on behind it. It beats sinceRevision.",
            "schema": {
              "type": "string",
              "pattern": "^[0-9]{1,20}$"
            }
          }
        ],
        "requestBody": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "title": "WatchHealthRequest",
                "description": "Subscribes to changes. All filters must hold.",
                "properties": {
                  "components": {
                    "type": "array",
                    "items": {
                      "type": "string",
                      "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
                    },
                    "maxItems": 10000,
                    "uniqueItems": true,
                    "description": "Ids of the components to watch. Empty: all."
                  },
                  "sinceRevision": {
                    "type": "string",
                    "format": "uint64",
                    "pattern": "^[0-9]{1,20}$",
                    "description": "The revision of the last message that was received: the stream goes on from there without a gap, at once with what changed after it, or with a keep_alive where nothing did. Where it is not known any more what changed, it starts with a snapshot. 0: start with a snapshot. With `parent`, `label` or `summaries` it starts with a snapshot where the configuration was read again after that revision, or the server was started after it; with `summaries` alone not where `structure` says that they are the same."
                  },
                  "parent": {
                    "type": "string",
                    "pattern": "^$|^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$",
                    "description": "Only direct members of this group, as they are at each time: what a reload makes a member is in a change, and what it makes none is `removed`."
                  },
                  "label": {
                    "type": "array",
                    "items": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 512
                    },
                    "maxItems": 64,
                    "description": "Only components with all of these labels, as they are at each time. The selectors are those of ListComponents."
                  },
                  "summaries": {
                    "type": "boolean",
                    "description": "Whether snapshots and changes have `summaries`."
                  },
                  "minInterval": {
                    "type": "string",
                    "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
                    "description": "Least time between two messages with changes, for readers who need not have each: the latest state comes then, up to a quarter of that time later, so that watchers share messages. The first message comes at once. Default: no such time.",
                    "examples": [
                      "1.5s"
                    ]
                  },
                  "keepAlive": {
                    "type": "string",
                    "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
                    "description": "Longest silence of the stream, after which a keep_alive comes. Default: 15s.",
                    "examples": [
                      "1.5s"
                    ]
                  },
                  "structure": {
                    "type": "string",
                    "maxLength": 64,
                    "description": "With `summaries` and `since_revision`: the `structure` of the last message that had one. Where the components are what they were then, over a start of the server too, the stream goes on without a snapshot. Empty: not known."
                  }
                }
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "A stream of messages, each by the schema: one as JSON in each line (`application/x-ndjson`), or in the `data` of each event (`text/event-stream`). An error after the first one is the last thing in it: a line `{\"error\": Status}`, or an event `error`. A message of the stream: exactly one of the three.",
            "content": {
              "application/x-ndjson": {
                "schema": {
                  "$ref": "#/components/schemas/openk.health.v1.WatchHealthResponse"
                },
                "example": {
                  "snapshot": {
                    "revision": "12",
                    "components": [
                      {
                        "component": "openk",
                        "status": "HEALTH_STATUS_HEALTHY",
                        "since": "2026-11-23T09:30:00Z",
                        "reason": {
                          "code": "RULE",
                          "message": "3 of 3 members are HEALTHY"
                        },
                        "memberCounts": {
                          "total": 4,
                          "healthy": 3,
                          "unknown": 1,
                          "ignored": 1
                        },
                        "revision": "12"
                      }
                    ]
                  }
                }
              },
              "text/event-stream": {
                "schema": {
                  "$ref": "#/components/schemas/openk.health.v1.WatchHealthResponse"
                },
                "example": {
                  "snapshot": {
                    "revision": "12",
                    "components": [
                      {
                        "component": "openk",
                        "status": "HEALTH_STATUS_HEALTHY",
                        "since": "2026-11-23T09:30:00Z",
                        "reason": {
                          "code": "RULE",
                          "message": "3 of 3 members are HEALTHY"
                        },
                        "memberCounts": {
                          "total": 4,
                          "healthy": 3,
                          "unknown": 1,
                          "ignored": 1
                        },
                        "revision": "12"
                      }
                    ]
                  }
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/components/{component}:report": {
      "post": {
        "operationId": "HealthService_ReportHealth",
        "tags": [
          "HealthService"
        ],
        "summary": "A component of kind heartbeat says how it is",
        "description": "A component of kind heartbeat says how it is. Decides its status at once, and is answered when a crash cannot lose it any more. Reports that differ in their words alone are shown at once and are one change a second at the most; reports that say the same within a second are one observation, unless they have a duration. Errors: NOT_FOUND for an id that there is not, FAILED_PRECONDITION for a component of another kind, RESOURCE_EXHAUSTED above limits.reports_per_second and limits.reports_per_second_per_client (never for a report that makes the status worse), UNAVAILABLE while it cannot be kept: it counts all the same, and a restart would lose it.",
        "parameters": [
          {
            "name": "component",
            "in": "path",
            "description": "Id of the component; its kind must be heartbeat.",
            "schema": {
              "type": "string",
              "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
            },
            "example": "example-job",
            "required": true
          }
        ],
        "requestBody": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "title": "ReportHealthRequest",
                "description": "A component's own word on its health.",
                "properties": {
                  "status": {
                    "$ref": "#/components/schemas/openk.common.v1.HealthStatus",
                    "description": "HEALTHY, DEGRADED or UNHEALTHY. Not set: HEALTHY."
                  },
                  "message": {
                    "type": "string",
                    "description": "For people. Cut after 4096 characters; what is no text or controls a terminal is replaced. No report is refused for it."
                  },
                  "duration": {
                    "type": "string",
                    "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
                    "description": "How long the job took that reports. Left out where it is negative or more than a Duration can hold.",
                    "examples": [
                      "1.5s"
                    ]
                  },
                  "runId": {
                    "type": "string",
                    "description": "Which run of the job reports; shown in the reason. Cut after 128 characters, and made fit like the message."
                  }
                }
              },
              "example": {
                "status": "HEALTH_STATUS_HEALTHY",
                "message": "done",
                "duration": "1.5s"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "What the report made of it.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.health.v1.ReportHealthResponse"
                },
                "example": {
                  "health": {
                    "component": "example-job",
                    "status": "HEALTH_STATUS_HEALTHY",
                    "since": "2026-11-23T09:31:00Z",
                    "checkedAt": "2026-11-23T09:31:00Z",
                    "reason": {
                      "code": "REPORTED",
                      "message": "done"
                    },
                    "latency": "1.5s",
                    "revision": "13"
                  }
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "429": {
            "$ref": "#/components/responses/Error"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/components/{component}:explain": {
      "get": {
        "operationId": "HealthService_ExplainHealth",
        "tags": [
          "HealthService"
        ],
        "summary": "Why a component has its status: the rule that decided, the path to each root cause, what is suppressed",
        "description": "Why a component has its status: the rule that decided, the path to each root cause, what is suppressed. Errors: NOT_FOUND for an id that there is not.",
        "parameters": [
          {
            "name": "component",
            "in": "path",
            "description": "Id of the component. Empty: the root group.",
            "schema": {
              "type": "string",
              "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
            },
            "example": "openk",
            "required": true
          }
        ],
        "responses": {
          "200": {
            "description": "Why a component has its status.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.health.v1.ExplainHealthResponse"
                },
                "example": {
                  "health": {
                    "component": "openk",
                    "status": "HEALTH_STATUS_HEALTHY",
                    "since": "2026-11-23T09:30:00Z",
                    "reason": {
                      "code": "RULE",
                      "message": "3 of 3 members are HEALTHY"
                    },
                    "memberCounts": {
                      "total": 4,
                      "healthy": 3,
                      "unknown": 1,
                      "ignored": 1
                    },
                    "revision": "12"
                  },
                  "rule": {
                    "rule": "quorum: healthy >= 2, degraded >= 1",
                    "ifUnknownHealthy": "HEALTH_STATUS_HEALTHY",
                    "ifUnknownUnhealthy": "HEALTH_STATUS_HEALTHY",
                    "members": [
                      {
                        "component": "openk-port",
                        "status": "HEALTH_STATUS_HEALTHY",
                        "contributes": "HEALTH_STATUS_HEALTHY",
                        "impact": "IMPACT_CRITICAL",
                        "weight": 1
                      }
                    ]
                  }
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/components/{component}/transitions": {
      "get": {
        "operationId": "HealthService_ListTransitions",
        "tags": [
          "HealthService"
        ],
        "summary": "Changes of status, the newest first, a page at a time",
        "description": "Changes of status, the newest first, a page at a time. Pages stay what they are while new changes come. That a component left the configuration, or came back, is no change of status; where it left, its last change stands. Errors: NOT_FOUND for an id that there is not and that nothing is kept of, INVALID_ARGUMENT for a bad page token or times that are no range, UNAVAILABLE when history cannot be read.",
        "parameters": [
          {
            "name": "component",
            "in": "path",
            "description": "Id of the component. Empty: the root group.",
            "schema": {
              "type": "string",
              "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
            },
            "example": "openk",
            "required": true
          },
          {
            "name": "from",
            "in": "query",
            "description": "Only changes at this time or later.",
            "schema": {
              "type": "string",
              "format": "date-time"
            },
            "example": "2026-11-23T09:00:00Z"
          },
          {
            "name": "to",
            "in": "query",
            "description": "Only changes before this time.",
            "schema": {
              "type": "string",
              "format": "date-time"
            },
            "example": "2027-01-01T00:00:00Z"
          },
          {
            "name": "includeMembers",
            "in": "query",
            "description": "Of a group: also the changes of everything that is now below it, however deep.",
            "schema": {
              "type": "boolean"
            }
          },
          {
            "name": "pageSize",
            "in": "query",
            "description": "Changes on a page, at most 1000. Default: 50.",
            "schema": {
              "type": "integer",
              "format": "int32",
              "minimum": 0,
              "maximum": 1000
            }
          },
          {
            "name": "pageToken",
            "in": "query",
            "description": "The next_page_token of the page before, with the same filters.",
            "schema": {
              "type": "string",
              "maxLength": 1024
            }
          }
        ],
        "responses": {
          "200": {
            "description": "A page of changes of status.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.health.v1.ListTransitionsResponse"
                },
                "example": {
                  "transitions": [
                    {
                      "revision": "12",
                      "component": "openk",
                      "time": "2026-11-23T09:30:00Z",
                      "from": "HEALTH_STATUS_UNHEALTHY",
                      "to": "HEALTH_STATUS_HEALTHY",
                      "reason": {
                        "code": "RULE",
                        "message": "3 of 3 members are HEALTHY"
                      }
                    }
                  ],
                  "revision": "12"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/components/{component}/availability": {
      "get": {
        "operationId": "HealthService_GetAvailability",
        "tags": [
          "HealthService"
        ],
        "summary": "How long a component was in which status, which share of the time it was up, and its latency percentiles",
        "description": "How long a component was in which status, which share of the time it was up, and its latency percentiles. Times are UTC: daylight saving does not exist here. Errors: NOT_FOUND for an id that there is not and that nothing is kept of, INVALID_ARGUMENT for times that are no range, for a step finer than what is kept of that age, and for more than 20000 buckets, UNAVAILABLE when history cannot be read.",
        "parameters": [
          {
            "name": "component",
            "in": "path",
            "description": "Id of the component. Empty: the root group.",
            "schema": {
              "type": "string",
              "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
            },
            "example": "openk",
            "required": true
          },
          {
            "name": "window",
            "in": "query",
            "description": "How far back from now. Not together with `from` or `to`. Default: 24h.",
            "schema": {
              "type": "string",
              "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$"
            },
            "example": "86400s"
          },
          {
            "name": "from",
            "in": "query",
            "description": "Beginning of the time to look at, which moves back to where a bucket begins. Not set: 24h before `to`.",
            "schema": {
              "type": "string",
              "format": "date-time"
            },
            "example": "2026-11-23T09:30:00Z"
          },
          {
            "name": "to",
            "in": "query",
            "description": "End of the time to look at, which moves on as `from` moves back. Not set, or in the future: now.",
            "schema": {
              "type": "string",
              "format": "date-time"
            },
            "example": "2026-11-23T09:30:00Z"
          },
          {
            "name": "step",
            "in": "query",
            "description": "Width of the buckets, a multiple of 5 minutes. They begin at multiples of it since 1970-01-01 UTC. Not set: one bucket.",
            "schema": {
              "type": "string",
              "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$"
            },
            "example": "3600s"
          },
          {
            "name": "includeMembers",
            "in": "query",
            "description": "Of a group: include everything that is now below it, however deep.",
            "schema": {
              "type": "boolean"
            }
          },
          {
            "name": "unknown",
            "in": "query",
            "description": "How time in UNKNOWN counts in uptime_ratio. Not set: EXCLUDED.",
            "schema": {
              "$ref": "#/components/schemas/openk.health.v1.Counting"
            }
          },
          {
            "name": "maintenance",
            "in": "query",
            "description": "How time in MAINTENANCE counts in uptime_ratio. Not set: EXCLUDED.",
            "schema": {
              "$ref": "#/components/schemas/openk.health.v1.Counting"
            }
          }
        ],
        "responses": {
          "200": {
            "description": "Availability, of the time that was really looked at.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.health.v1.GetAvailabilityResponse"
                },
                "example": {
                  "from": "2026-11-22T09:30:00Z",
                  "to": "2026-11-23T09:31:12Z",
                  "resolution": "300s",
                  "availability": {
                    "component": "openk",
                    "total": {
                      "from": "2026-11-22T09:30:00Z",
                      "to": "2026-11-23T09:31:12Z",
                      "time": {
                        "healthy": "86352s",
                        "unhealthy": "120s"
                      },
                      "uptimeRatio": 0.9986122675547655,
                      "observations": "17294",
                      "latency": {
                        "p50": "0.012s",
                        "p95": "0.021s",
                        "p99": "0.034s"
                      }
                    }
                  }
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/status-pages/{page}": {
      "get": {
        "operationId": "StatusPageService_GetStatusPage",
        "tags": [
          "StatusPageService"
        ],
        "summary": "A page as it is now, at most a minute old",
        "description": "A page as it is now, at most a minute old. Errors: NOT_FOUND for a page that there is not, and for a PRIVATE one that the caller may not see.",
        "parameters": [
          {
            "name": "page",
            "in": "path",
            "description": "Its id, as configured.",
            "schema": {
              "type": "string",
              "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
            },
            "example": "public",
            "required": true
          }
        ],
        "responses": {
          "200": {
            "description": "A page.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.status.v1.GetStatusPageResponse"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/status-pages/{page}:watch": {
      "get": {
        "operationId": "StatusPageService_WatchStatusPage",
        "tags": [
          "StatusPageService"
        ],
        "summary": "The whole page, then the whole page again after each change",
        "description": "The whole page, then the whole page again after each change. A slow reader gets the latest, never a backlog. Ends with UNAVAILABLE when the server shuts down, with NOT_FOUND when the page is taken out of the configuration. Errors: as GetStatusPage.",
        "parameters": [
          {
            "name": "page",
            "in": "path",
            "description": "Its id, as configured.",
            "schema": {
              "type": "string",
              "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
            },
            "example": "public",
            "required": true
          }
        ],
        "responses": {
          "200": {
            "description": "A stream of messages, each by the schema: one as JSON in each line (`application/x-ndjson`), or in the `data` of each event (`text/event-stream`). An error after the first one is the last thing in it: a line `{\"error\": Status}`, or an event `error`. A message of the stream.",
            "content": {
              "application/x-ndjson": {
                "schema": {
                  "$ref": "#/components/schemas/openk.status.v1.WatchStatusPageResponse"
                }
              },
              "text/event-stream": {
                "schema": {
                  "$ref": "#/components/schemas/openk.status.v1.WatchStatusPageResponse"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/incidents": {
      "post": {
        "operationId": "StatusPageService_CreateIncident",
        "tags": [
          "StatusPageService"
        ],
        "summary": "Opens an incident, which is then on its pages",
        "description": "Opens an incident, which is then on its pages. Errors: INVALID_ARGUMENT for a page that there is not, NOT_FOUND for a component that there is not, UNAVAILABLE while it cannot be kept: nothing has changed then.",
        "requestBody": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "title": "CreateIncidentRequest",
                "description": "Opens an incident.",
                "properties": {
                  "title": {
                    "type": "string",
                    "maxLength": 200,
                    "description": "What it is about, for readers."
                  },
                  "pages": {
                    "type": "array",
                    "items": {
                      "type": "string"
                    },
                    "minItems": 1,
                    "maxItems": 100,
                    "uniqueItems": true,
                    "description": "Ids of the pages that it is to be on."
                  },
                  "components": {
                    "type": "array",
                    "items": {
                      "type": "string"
                    },
                    "maxItems": 1000,
                    "uniqueItems": true,
                    "description": "Ids of the components that it affects. Readers see the names of those that are on their page."
                  },
                  "status": {
                    "$ref": "#/components/schemas/openk.status.v1.IncidentStatus",
                    "description": "How far it is. Default: INVESTIGATING."
                  },
                  "impact": {
                    "$ref": "#/components/schemas/openk.status.v1.IncidentImpact",
                    "description": "How bad it is. Default: MINOR."
                  },
                  "text": {
                    "type": "string",
                    "maxLength": 10000,
                    "description": "What readers are to know. Text, not markup."
                  },
                  "note": {
                    "type": "string",
                    "maxLength": 10000,
                    "description": "What only operators are to know."
                  }
                },
                "required": [
                  "title",
                  "text"
                ]
              },
              "example": {
                "title": "Checkout is slow",
                "pages": [
                  "public"
                ],
                "text": "We are looking into it."
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "The incident that was opened.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.status.v1.CreateIncidentResponse"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      },
      "get": {
        "operationId": "StatusPageService_ListIncidents",
        "tags": [
          "StatusPageService"
        ],
        "summary": "Incidents of all pages with what is internal about them, the newest first, a page at a time: all that are open, and the latest thousand of the others",
        "description": "Incidents of all pages with what is internal about them, the newest first, a page at a time: all that are open, and the latest thousand of the others. Errors: INVALID_ARGUMENT for a bad page token.",
        "parameters": [
          {
            "name": "pageSize",
            "in": "query",
            "description": "Incidents in an answer, at most 1000. Default: 50.",
            "schema": {
              "type": "integer",
              "format": "int32",
              "minimum": 0,
              "maximum": 1000
            }
          },
          {
            "name": "pageToken",
            "in": "query",
            "description": "The next_page_token of the answer before, with the same filters.",
            "schema": {
              "type": "string",
              "maxLength": 1024
            }
          },
          {
            "name": "open",
            "in": "query",
            "description": "Only incidents that are not resolved.",
            "schema": {
              "type": "boolean"
            }
          },
          {
            "name": "page",
            "in": "query",
            "description": "Only incidents of this page. Empty: of all.",
            "schema": {
              "type": "string",
              "maxLength": 64
            }
          }
        ],
        "responses": {
          "200": {
            "description": "Incidents.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.status.v1.ListIncidentsResponse"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/incidents/{incident}:update": {
      "post": {
        "operationId": "StatusPageService_UpdateIncident",
        "tags": [
          "StatusPageService"
        ],
        "summary": "Says how an incident goes on, to readers (text, status) or among operators (note)",
        "description": "Says how an incident goes on, to readers (text, status) or among operators (note). What is not set stays. Errors: NOT_FOUND for an incident that there is not, others as CreateIncident.",
        "parameters": [
          {
            "name": "incident",
            "in": "path",
            "description": "Its id.",
            "schema": {
              "type": "string",
              "pattern": "^[A-Za-z0-9][A-Za-z0-9-]{0,63}$"
            },
            "example": "0197f3a2-7c44-4e0b-9d4e-5f0c2b1a9d10",
            "required": true
          }
        ],
        "requestBody": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "title": "UpdateIncidentRequest",
                "description": "Changes an incident. What is not set stays as it is.",
                "properties": {
                  "status": {
                    "$ref": "#/components/schemas/openk.status.v1.IncidentStatus",
                    "description": "How far it is now."
                  },
                  "impact": {
                    "$ref": "#/components/schemas/openk.status.v1.IncidentImpact",
                    "description": "How bad it is now."
                  },
                  "text": {
                    "type": "string",
                    "maxLength": 10000,
                    "description": "What readers are to know now. Text, not markup. Needed where the status is another."
                  },
                  "note": {
                    "type": "string",
                    "maxLength": 10000,
                    "description": "What only operators are to know."
                  },
                  "title": {
                    "type": "string",
                    "maxLength": 200,
                    "description": "Another title."
                  },
                  "components": {
                    "type": "array",
                    "items": {
                      "type": "string"
                    },
                    "maxItems": 1000,
                    "uniqueItems": true,
                    "description": "What it affects now, in place of what it affected. Empty: as before."
                  }
                }
              },
              "example": {
                "status": "INCIDENT_STATUS_MONITORING",
                "text": "It is as fast as before. We go on watching it."
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "The incident that was changed.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.status.v1.UpdateIncidentResponse"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/alerts": {
      "get": {
        "operationId": "AlertService_ListAlerts",
        "tags": [
          "AlertService"
        ],
        "summary": "Alerts a page at a time: those that are not over, the newest first, then those that are, the latest resolved first",
        "description": "Alerts a page at a time: those that are not over, the newest first, then those that are, the latest resolved first. Errors: INVALID_ARGUMENT for a bad page token or selector, UNAVAILABLE when those that are resolved cannot be read.",
        "parameters": [
          {
            "name": "state",
            "in": "query",
            "description": "Only alerts in one of these states. Default: all but RESOLVED.",
            "schema": {
              "type": "array",
              "items": {
                "$ref": "#/components/schemas/openk.alerts.v1.AlertState"
              }
            }
          },
          {
            "name": "component",
            "in": "query",
            "description": "Only alerts of this component. Empty: of all.",
            "schema": {
              "type": "string",
              "pattern": "^$|^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
            },
            "example": "openk"
          },
          {
            "name": "route",
            "in": "query",
            "description": "Only alerts of this route. Empty: of all.",
            "schema": {
              "type": "string",
              "maxLength": 64
            }
          },
          {
            "name": "label",
            "in": "query",
            "description": "Selectors of labels, such as `team=payments`; each has to take the component.",
            "schema": {
              "type": "array",
              "items": {
                "type": "string"
              },
              "maxItems": 100
            }
          },
          {
            "name": "pageSize",
            "in": "query",
            "description": "Alerts in an answer, at most 1000. Default: 50.",
            "schema": {
              "type": "integer",
              "format": "int32",
              "minimum": 0,
              "maximum": 1000
            }
          },
          {
            "name": "pageToken",
            "in": "query",
            "description": "The next_page_token of the answer before, with the same filters.",
            "schema": {
              "type": "string",
              "maxLength": 2048
            }
          }
        ],
        "responses": {
          "200": {
            "description": "A page of alerts.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.alerts.v1.ListAlertsResponse"
                },
                "example": {
                  "alerts": [
                    {
                      "id": "mi8x2k00-1",
                      "route": "payments",
                      "component": "payments-api",
                      "displayName": "Payments",
                      "state": "ALERT_STATE_OPEN",
                      "status": "HEALTH_STATUS_UNHEALTHY",
                      "severity": "SEVERITY_ERROR",
                      "reason": {
                        "code": "CONNECTION_REFUSED",
                        "message": "connection refused"
                      },
                      "since": "2026-11-23T09:30:00Z",
                      "opened": "2026-11-23T09:32:00Z",
                      "updated": "2026-11-23T09:32:00Z",
                      "consequences": [
                        "checkout"
                      ],
                      "consequenceCount": 1,
                      "labels": {
                        "team": "payments"
                      },
                      "links": [
                        {
                          "title": "Runbook",
                          "url": "https://wiki.example.com/payments"
                        }
                      ],
                      "revision": "12"
                    }
                  ],
                  "nextPageToken": ""
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/alerts/{alert}": {
      "get": {
        "operationId": "AlertService_GetAlert",
        "tags": [
          "AlertService"
        ],
        "summary": "One alert",
        "description": "One alert. Errors: NOT_FOUND for an alert that there is not, or is not kept any more; UNAVAILABLE when those that are resolved cannot be read.",
        "parameters": [
          {
            "name": "alert",
            "in": "path",
            "description": "Its id.",
            "schema": {
              "type": "string",
              "pattern": "^[A-Za-z0-9][A-Za-z0-9-]{0,63}$"
            },
            "example": "mi8x2k00-1",
            "required": true
          }
        ],
        "responses": {
          "200": {
            "description": "An alert.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.alerts.v1.GetAlertResponse"
                },
                "example": {
                  "alert": {
                    "id": "mi8x2k00-1",
                    "route": "payments",
                    "component": "payments-api",
                    "displayName": "Payments",
                    "state": "ALERT_STATE_OPEN",
                    "status": "HEALTH_STATUS_UNHEALTHY",
                    "severity": "SEVERITY_ERROR",
                    "reason": {
                      "code": "CONNECTION_REFUSED",
                      "message": "connection refused"
                    },
                    "since": "2026-11-23T09:30:00Z",
                    "opened": "2026-11-23T09:32:00Z",
                    "updated": "2026-11-23T09:32:00Z",
                    "consequences": [
                      "checkout"
                    ],
                    "consequenceCount": 1,
                    "labels": {
                      "team": "payments"
                    },
                    "links": [
                      {
                        "title": "Runbook",
                        "url": "https://wiki.example.com/payments"
                      }
                    ],
                    "revision": "12"
                  }
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/alerts:watch": {
      "get": {
        "operationId": "AlertService_WatchAlerts",
        "tags": [
          "AlertService"
        ],
        "summary": "First all alerts that are not resolved, then each change, of those that end the end too",
        "description": "First all alerts that are not resolved, then each change, of those that end the end too. A slow reader gets the latest state of what changed, never a backlog. Ends with UNAVAILABLE when the server shuts down. Errors: INVALID_ARGUMENT for a bad selector.",
        "parameters": [
          {
            "name": "label",
            "in": "query",
            "description": "Selectors of labels, such as `team=payments`; each has to take the component.",
            "schema": {
              "type": "array",
              "items": {
                "type": "string"
              },
              "maxItems": 100
            }
          }
        ],
        "responses": {
          "200": {
            "description": "A stream of messages, each by the schema: one as JSON in each line (`application/x-ndjson`), or in the `data` of each event (`text/event-stream`). An error after the first one is the last thing in it: a line `{\"error\": Status}`, or an event `error`. A message of the stream.",
            "content": {
              "application/x-ndjson": {
                "schema": {
                  "$ref": "#/components/schemas/openk.alerts.v1.WatchAlertsResponse"
                },
                "example": {
                  "snapshot": {
                    "alerts": [
                      {
                        "id": "mi8x2k00-1",
                        "route": "payments",
                        "component": "payments-api",
                        "displayName": "Payments",
                        "state": "ALERT_STATE_OPEN",
                        "status": "HEALTH_STATUS_UNHEALTHY",
                        "severity": "SEVERITY_ERROR",
                        "reason": {
                          "code": "CONNECTION_REFUSED",
                          "message": "connection refused"
                        },
                        "since": "2026-11-23T09:30:00Z",
                        "opened": "2026-11-23T09:32:00Z",
                        "updated": "2026-11-23T09:32:00Z",
                        "consequences": [
                          "checkout"
                        ],
                        "consequenceCount": 1,
                        "labels": {
                          "team": "payments"
                        },
                        "links": [
                          {
                            "title": "Runbook",
                            "url": "https://wiki.example.com/payments"
                          }
                        ],
                        "revision": "12"
                      }
                    ]
                  }
                }
              },
              "text/event-stream": {
                "schema": {
                  "$ref": "#/components/schemas/openk.alerts.v1.WatchAlertsResponse"
                },
                "example": {
                  "snapshot": {
                    "alerts": [
                      {
                        "id": "mi8x2k00-1",
                        "route": "payments",
                        "component": "payments-api",
                        "displayName": "Payments",
                        "state": "ALERT_STATE_OPEN",
                        "status": "HEALTH_STATUS_UNHEALTHY",
                        "severity": "SEVERITY_ERROR",
                        "reason": {
                          "code": "CONNECTION_REFUSED",
                          "message": "connection refused"
                        },
                        "since": "2026-11-23T09:30:00Z",
                        "opened": "2026-11-23T09:32:00Z",
                        "updated": "2026-11-23T09:32:00Z",
                        "consequences": [
                          "checkout"
                        ],
                        "consequenceCount": 1,
                        "labels": {
                          "team": "payments"
                        },
                        "links": [
                          {
                            "title": "Runbook",
                            "url": "https://wiki.example.com/payments"
                          }
                        ],
                        "revision": "12"
                      }
                    ]
                  }
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/alerts/{alert}:acknowledge": {
      "post": {
        "operationId": "AlertService_AcknowledgeAlert",
        "tags": [
          "AlertService"
        ],
        "summary": "Says that somebody takes care of an alert: reminders and escalation end; the alert itself ends when its component recovers",
        "description": "Says that somebody takes care of an alert: reminders and escalation end; the alert itself ends when its component recovers. Again by another: the latest counts. Errors: NOT_FOUND for an alert that there is not, FAILED_PRECONDITION for one that is resolved, UNAVAILABLE while it cannot be kept: it counts all the same, as long as the server runs.",
        "parameters": [
          {
            "name": "alert",
            "in": "path",
            "description": "Its id.",
            "schema": {
              "type": "string",
              "pattern": "^[A-Za-z0-9][A-Za-z0-9-]{0,63}$"
            },
            "example": "mi8x2k00-1",
            "required": true
          }
        ],
        "requestBody": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "title": "AcknowledgeAlertRequest",
                "description": "Says that somebody takes care of an alert.",
                "properties": {
                  "note": {
                    "type": "string",
                    "maxLength": 1000,
                    "description": "What others are to know. Text, not markup."
                  }
                }
              },
              "example": {
                "note": "on it"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "The alert that was acknowledged.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.alerts.v1.AcknowledgeAlertResponse"
                },
                "example": {
                  "alert": {
                    "id": "mi8x2k00-1",
                    "route": "payments",
                    "component": "payments-api",
                    "displayName": "Payments",
                    "state": "ALERT_STATE_ACKNOWLEDGED",
                    "status": "HEALTH_STATUS_UNHEALTHY",
                    "severity": "SEVERITY_ERROR",
                    "reason": {
                      "code": "CONNECTION_REFUSED",
                      "message": "connection refused"
                    },
                    "since": "2026-11-23T09:30:00Z",
                    "opened": "2026-11-23T09:32:00Z",
                    "updated": "2026-11-23T09:32:00Z",
                    "consequences": [
                      "checkout"
                    ],
                    "consequenceCount": 1,
                    "labels": {
                      "team": "payments"
                    },
                    "links": [
                      {
                        "title": "Runbook",
                        "url": "https://wiki.example.com/payments"
                      }
                    ],
                    "revision": "12",
                    "acknowledgement": {
                      "author": "key:sre",
                      "time": "2026-11-23T09:33:00Z",
                      "note": "on it"
                    }
                  }
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/deliveries": {
      "get": {
        "operationId": "AlertService_ListDeliveries",
        "tags": [
          "AlertService"
        ],
        "summary": "What was sent or is to be sent to channels, the newest first, a page at a time",
        "description": "What was sent or is to be sent to channels, the newest first, a page at a time. Errors: INVALID_ARGUMENT for a bad page token, UNAVAILABLE when it cannot be read.",
        "parameters": [
          {
            "name": "alert",
            "in": "query",
            "description": "Only those of this alert. Empty: of all.",
            "schema": {
              "type": "string",
              "maxLength": 64
            }
          },
          {
            "name": "channel",
            "in": "query",
            "description": "Only those to this channel. Empty: to all.",
            "schema": {
              "type": "string",
              "maxLength": 64
            }
          },
          {
            "name": "state",
            "in": "query",
            "description": "Only those in one of these states. Default: all.",
            "schema": {
              "type": "array",
              "items": {
                "$ref": "#/components/schemas/openk.alerts.v1.DeliveryState"
              }
            }
          },
          {
            "name": "pageSize",
            "in": "query",
            "description": "Deliveries in an answer, at most 1000. Default: 50.",
            "schema": {
              "type": "integer",
              "format": "int32",
              "minimum": 0,
              "maximum": 1000
            }
          },
          {
            "name": "pageToken",
            "in": "query",
            "description": "The next_page_token of the answer before, with the same filters.",
            "schema": {
              "type": "string",
              "maxLength": 2048
            }
          }
        ],
        "responses": {
          "200": {
            "description": "A page of deliveries.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.alerts.v1.ListDeliveriesResponse"
                },
                "example": {
                  "deliveries": [
                    {
                      "id": "01JDCM2Y7Z4T8QK3",
                      "alert": "mi8x2k00-1",
                      "channel": "hook",
                      "type": "alert.opened",
                      "state": "DELIVERY_STATE_ACCEPTED",
                      "attempts": 1,
                      "created": "2026-11-23T09:32:00Z",
                      "settled": "2026-11-23T09:32:00.180Z"
                    }
                  ],
                  "nextPageToken": ""
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/channels/{channel}:test": {
      "post": {
        "operationId": "AlertService_TestChannel",
        "tags": [
          "AlertService"
        ],
        "summary": "Sends a test message to a channel, once, and answers what came of it",
        "description": "Sends a test message to a channel, once, and answers what came of it. A caller who asks while one is on its way gets the answer to that one. Errors: NOT_FOUND for a channel that there is not.",
        "parameters": [
          {
            "name": "channel",
            "in": "path",
            "description": "Id of the channel.",
            "schema": {
              "type": "string",
              "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
            },
            "example": "hook",
            "required": true
          }
        ],
        "requestBody": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "title": "TestChannelRequest",
                "description": "Asks for a test message.",
                "properties": {}
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "What came of a test message.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.alerts.v1.TestChannelResponse"
                },
                "example": {
                  "accepted": true,
                  "latency": "0.18s"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/maintenance": {
      "post": {
        "operationId": "MaintenanceService_CreateMaintenance",
        "tags": [
          "MaintenanceService"
        ],
        "summary": "Takes what the selector takes out of service, at once or later: its status is MAINTENANCE, and groups leave it out",
        "description": "Takes what the selector takes out of service, at once or later: its status is MAINTENANCE, and groups leave it out. Errors: INVALID_ARGUMENT for a selector or times that are none, PERMISSION_DENIED for a selector that may take components which do not exist for the caller, RESOURCE_EXHAUSTED where there are 1000 that are not over, UNAVAILABLE while it cannot be kept: it counts all the same, as long as the server runs.",
        "requestBody": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "title": "CreateMaintenanceRequest",
                "description": "Takes components out of service.",
                "properties": {
                  "selector": {
                    "type": "string",
                    "maxLength": 1024,
                    "description": "What it is about: a selector such as `team=payments`, `team=payments,tier!=test` or `id=shop-*`. It takes what is added later, too."
                  },
                  "start": {
                    "type": "string",
                    "format": "date-time",
                    "description": "When it begins. Not set, or over: now.",
                    "examples": [
                      "2026-11-23T09:30:00Z"
                    ]
                  },
                  "end": {
                    "type": "string",
                    "format": "date-time",
                    "description": "When it ends: in the future, and at most 366 days after its start. This or `duration` has to be set; of both the earlier end counts.",
                    "examples": [
                      "2026-11-23T09:30:00Z"
                    ]
                  },
                  "reason": {
                    "type": "string",
                    "maxLength": 1024,
                    "description": "Why, for people."
                  },
                  "duration": {
                    "type": "string",
                    "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
                    "description": "How long, from its start, at most 366 days.",
                    "examples": [
                      "1.5s"
                    ]
                  }
                },
                "required": [
                  "selector",
                  "reason"
                ]
              },
              "example": {
                "selector": "team=payments",
                "duration": "7200s",
                "reason": "moving to another database"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "What was begun or planned.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.maintenance.v1.CreateMaintenanceResponse"
                },
                "example": {
                  "maintenance": {
                    "id": "0197f3a2-7c44-4e0b-9d4e-5f0c2b1a9d10",
                    "selector": "team=payments",
                    "start": "2026-11-23T09:30:00Z",
                    "end": "2026-11-23T11:30:00Z",
                    "author": "key:sre",
                    "reason": "moving to another database",
                    "created": "2026-11-23T09:30:00Z"
                  }
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "403": {
            "$ref": "#/components/responses/Error"
          },
          "429": {
            "$ref": "#/components/responses/Error"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      },
      "get": {
        "operationId": "MaintenanceService_ListMaintenance",
        "tags": [
          "MaintenanceService"
        ],
        "summary": "Maintenance by API that goes on or is to come, and the latest that is over; the newest first",
        "description": "Maintenance by API that goes on or is to come, and the latest that is over; the newest first. What the configuration plans is on the components. Errors: INVALID_ARGUMENT for a bad page token.",
        "parameters": [
          {
            "name": "active",
            "in": "query",
            "description": "Only what goes on now.",
            "schema": {
              "type": "boolean"
            }
          },
          {
            "name": "pageSize",
            "in": "query",
            "description": "Entries in an answer, at most 1000. Default: 50.",
            "schema": {
              "type": "integer",
              "format": "int32",
              "minimum": 0,
              "maximum": 1000
            }
          },
          {
            "name": "pageToken",
            "in": "query",
            "description": "The next_page_token of the answer before, with the same filters.",
            "schema": {
              "type": "string",
              "maxLength": 1024
            }
          }
        ],
        "responses": {
          "200": {
            "description": "A page of maintenance.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.maintenance.v1.ListMaintenanceResponse"
                },
                "example": {
                  "maintenance": [
                    {
                      "id": "0197f3a2-7c44-4e0b-9d4e-5f0c2b1a9d10",
                      "selector": "team=payments",
                      "start": "2026-11-23T09:30:00Z",
                      "end": "2026-11-23T11:30:00Z",
                      "author": "key:sre",
                      "reason": "moving to another database",
                      "created": "2026-11-23T09:30:00Z"
                    }
                  ],
                  "nextPageToken": ""
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/maintenance/{id}:end": {
      "post": {
        "operationId": "MaintenanceService_EndMaintenance",
        "tags": [
          "MaintenanceService"
        ],
        "summary": "Ends it now, or takes it away before it has begun",
        "description": "Ends it now, or takes it away before it has begun. Errors: NOT_FOUND for one that there is not, or that is over; UNAVAILABLE while it cannot be kept: it counts all the same, as long as the server runs.",
        "parameters": [
          {
            "name": "id",
            "in": "path",
            "description": "Its id.",
            "schema": {
              "type": "string",
              "pattern": "^[A-Za-z0-9][A-Za-z0-9-]{0,63}$"
            },
            "example": "0197f3a2-7c44-4e0b-9d4e-5f0c2b1a9d10",
            "required": true
          }
        ],
        "requestBody": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "title": "EndMaintenanceRequest",
                "description": "Ends maintenance.",
                "properties": {}
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "What was ended.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.maintenance.v1.EndMaintenanceResponse"
                },
                "example": {
                  "maintenance": {
                    "id": "0197f3a2-7c44-4e0b-9d4e-5f0c2b1a9d10",
                    "selector": "team=payments",
                    "start": "2026-11-23T09:30:00Z",
                    "end": "2026-11-23T11:30:00Z",
                    "author": "key:sre",
                    "reason": "moving to another database",
                    "created": "2026-11-23T09:30:00Z",
                    "endedBy": "key:sre"
                  }
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/silences": {
      "post": {
        "operationId": "MaintenanceService_CreateSilence",
        "tags": [
          "MaintenanceService"
        ],
        "summary": "Keeps alerts about what the selector takes from being opened, reminded of and escalated",
        "description": "Keeps alerts about what the selector takes from being opened, reminded of and escalated. Statuses stay as they are, and an alert that ends is said to have ended. What is still bad when the silence ends opens then. Errors: as CreateMaintenance.",
        "requestBody": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "title": "CreateSilenceRequest",
                "description": "Keeps alerts from being opened.",
                "properties": {
                  "selector": {
                    "type": "string",
                    "maxLength": 1024,
                    "description": "What it is about: a selector such as `team=payments`, `team=payments,tier!=test` or `id=shop-*`. It takes what is added later, too."
                  },
                  "start": {
                    "type": "string",
                    "format": "date-time",
                    "description": "When it begins. Not set, or over: now.",
                    "examples": [
                      "2026-11-23T09:30:00Z"
                    ]
                  },
                  "end": {
                    "type": "string",
                    "format": "date-time",
                    "description": "When it ends: in the future, and at most 366 days after its start. This or `duration` has to be set; of both the earlier end counts.",
                    "examples": [
                      "2026-11-23T09:30:00Z"
                    ]
                  },
                  "reason": {
                    "type": "string",
                    "maxLength": 1024,
                    "description": "Why, for people."
                  },
                  "duration": {
                    "type": "string",
                    "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
                    "description": "How long, from its start, at most 366 days.",
                    "examples": [
                      "1.5s"
                    ]
                  }
                },
                "required": [
                  "selector",
                  "reason"
                ]
              },
              "example": {
                "selector": "team=payments",
                "duration": "7200s",
                "reason": "moving to another database"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "The silence that was made.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.maintenance.v1.CreateSilenceResponse"
                },
                "example": {
                  "silence": {
                    "id": "0197f3a2-7c44-4e0b-9d4e-5f0c2b1a9d10",
                    "selector": "team=payments",
                    "start": "2026-11-23T09:30:00Z",
                    "end": "2026-11-23T11:30:00Z",
                    "author": "key:sre",
                    "reason": "moving to another database",
                    "created": "2026-11-23T09:30:00Z"
                  }
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      },
      "get": {
        "operationId": "MaintenanceService_ListSilences",
        "tags": [
          "MaintenanceService"
        ],
        "summary": "Silences that hold or are to come, and the latest that are over; the newest first",
        "description": "Silences that hold or are to come, and the latest that are over; the newest first. Errors: INVALID_ARGUMENT for a bad page token.",
        "parameters": [
          {
            "name": "active",
            "in": "query",
            "description": "Only those that hold now.",
            "schema": {
              "type": "boolean"
            }
          },
          {
            "name": "pageSize",
            "in": "query",
            "description": "Entries in an answer, at most 1000. Default: 50.",
            "schema": {
              "type": "integer",
              "format": "int32",
              "minimum": 0,
              "maximum": 1000
            }
          },
          {
            "name": "pageToken",
            "in": "query",
            "description": "The next_page_token of the answer before, with the same filters.",
            "schema": {
              "type": "string",
              "maxLength": 1024
            }
          }
        ],
        "responses": {
          "200": {
            "description": "A page of silences.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.maintenance.v1.ListSilencesResponse"
                },
                "example": {
                  "silences": [
                    {
                      "id": "0197f3a2-7c44-4e0b-9d4e-5f0c2b1a9d10",
                      "selector": "team=payments",
                      "start": "2026-11-23T09:30:00Z",
                      "end": "2026-11-23T11:30:00Z",
                      "author": "key:sre",
                      "reason": "moving to another database",
                      "created": "2026-11-23T09:30:00Z"
                    }
                  ],
                  "nextPageToken": ""
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/silences/{id}:end": {
      "post": {
        "operationId": "MaintenanceService_EndSilence",
        "tags": [
          "MaintenanceService"
        ],
        "summary": "Ends a silence now, or takes it away before it has begun",
        "description": "Ends a silence now, or takes it away before it has begun. Errors: as EndMaintenance.",
        "parameters": [
          {
            "name": "id",
            "in": "path",
            "description": "Its id.",
            "schema": {
              "type": "string",
              "pattern": "^[A-Za-z0-9][A-Za-z0-9-]{0,63}$"
            },
            "example": "0197f3a2-7c44-4e0b-9d4e-5f0c2b1a9d10",
            "required": true
          }
        ],
        "requestBody": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "title": "EndSilenceRequest",
                "description": "Ends a silence.",
                "properties": {}
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "The silence that was ended.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.maintenance.v1.EndSilenceResponse"
                },
                "example": {
                  "silence": {
                    "id": "0197f3a2-7c44-4e0b-9d4e-5f0c2b1a9d10",
                    "selector": "team=payments",
                    "start": "2026-11-23T09:30:00Z",
                    "end": "2026-11-23T11:30:00Z",
                    "author": "key:sre",
                    "reason": "moving to another database",
                    "created": "2026-11-23T09:30:00Z",
                    "endedBy": "key:sre"
                  }
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/agents/{agent}:work": {
      "post": {
        "operationId": "AgentService_Work",
        "tags": [
          "AgentService"
        ],
        "summary": "What the agent is to probe: first all of it, then what changes; a keep_alive every 3 s",
        "description": "What the agent is to probe: first all of it, then what changes; a keep_alive every 3 s. Holds the secrets of the probes. The agent counts as there while the stream is open and Observe is called: without either for 10 s others probe in its place. Errors: ALREADY_EXISTS for an id that an agent with another credential has, RESOURCE_EXHAUSTED for too many agents, PERMISSION_DENIED for a connection in cleartext, UNAVAILABLE at an instance that stands by and when the server shuts down, ABORTED when another agent of this id has come.",
        "parameters": [
          {
            "name": "agent",
            "in": "path",
            "description": "Id of the agent.",
            "schema": {
              "type": "string",
              "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
            },
            "example": "eu-1",
            "required": true
          }
        ],
        "requestBody": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "title": "WorkRequest",
                "description": "Who asks for work.",
                "properties": {
                  "incarnation": {
                    "type": "string",
                    "maxLength": 64,
                    "description": "Of its process: another one is another agent, that takes the place of the one before."
                  },
                  "place": {
                    "type": "string",
                    "pattern": "^$|^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
                    "description": "Where it is, as vantage.from names it. Empty: where the server is."
                  },
                  "version": {
                    "type": "string",
                    "maxLength": 64,
                    "description": "Version of its OpenK."
                  },
                  "kinds": {
                    "type": "array",
                    "items": {
                      "type": "string",
                      "maxLength": 64
                    },
                    "maxItems": 100,
                    "description": "Kinds of probes that it can, as the configuration names them: http, grpc."
                  }
                },
                "required": [
                  "incarnation"
                ]
              },
              "example": {
                "incarnation": "b7f0c4",
                "place": "eu",
                "version": "1.0.0",
                "kinds": [
                  "http",
                  "tcp"
                ]
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "A stream of messages, each by the schema: one as JSON in each line (`application/x-ndjson`), or in the `data` of each event (`text/event-stream`). An error after the first one is the last thing in it: a line `{\"error\": Status}`, or an event `error`. A message of the stream: exactly one of the three.",
            "content": {
              "application/x-ndjson": {
                "schema": {
                  "$ref": "#/components/schemas/openk.agent.v1.WorkResponse"
                },
                "example": {
                  "snapshot": {
                    "revision": "7",
                    "assignments": [
                      {
                        "id": "n3Jx0cQk-1",
                        "component": {
                          "id": "payments-api.eu",
                          "http": {
                            "url": "https://payments.example.com/healthz"
                          },
                          "timeout": "5s"
                        },
                        "interval": "30s",
                        "freshFor": "0s"
                      }
                    ],
                    "denyAddresses": [
                      "169.254.0.0/16",
                      "fe80::/10"
                    ]
                  }
                }
              },
              "text/event-stream": {
                "schema": {
                  "$ref": "#/components/schemas/openk.agent.v1.WorkResponse"
                },
                "example": {
                  "snapshot": {
                    "revision": "7",
                    "assignments": [
                      {
                        "id": "n3Jx0cQk-1",
                        "component": {
                          "id": "payments-api.eu",
                          "http": {
                            "url": "https://payments.example.com/healthz"
                          },
                          "timeout": "5s"
                        },
                        "interval": "30s",
                        "freshFor": "0s"
                      }
                    ],
                    "denyAddresses": [
                      "169.254.0.0/16",
                      "fe80::/10"
                    ]
                  }
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "403": {
            "$ref": "#/components/responses/Error"
          },
          "409": {
            "$ref": "#/components/responses/Error"
          },
          "429": {
            "$ref": "#/components/responses/Error"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/agents/{agent}:observe": {
      "post": {
        "operationId": "AgentService_Observe",
        "tags": [
          "AgentService"
        ],
        "summary": "What the agent has seen; at least every 3 s, with nothing in it where there is nothing",
        "description": "What the agent has seen; at least every 3 s, with nothing in it where there is nothing. What is sent twice by the same sequence number counts once. What is no assignment of the agent any more does not count. Errors: FAILED_PRECONDITION for an agent that is not known (any more): it has to call Work again; UNAVAILABLE at an instance that stands by.",
        "parameters": [
          {
            "name": "agent",
            "in": "path",
            "description": "Id of the agent.",
            "schema": {
              "type": "string",
              "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
            },
            "example": "eu-1",
            "required": true
          }
        ],
        "requestBody": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "title": "ObserveRequest",
                "description": "What an agent has seen.",
                "properties": {
                  "incarnation": {
                    "type": "string",
                    "maxLength": 64,
                    "description": "As in the WorkRequest."
                  },
                  "sequence": {
                    "type": "string",
                    "format": "uint64",
                    "pattern": "^[0-9]{1,20}$",
                    "description": "From 1, one higher with each call that is no repetition."
                  },
                  "clockSkew": {
                    "type": "string",
                    "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
                    "description": "How far the clock of the agent is ahead of that of the server, as it has measured it. Not set: not known yet.",
                    "examples": [
                      "1.5s"
                    ]
                  },
                  "observations": {
                    "type": "array",
                    "items": {
                      "$ref": "#/components/schemas/openk.agent.v1.AgentObservation"
                    },
                    "maxItems": 1000,
                    "description": "What it has seen, the oldest first."
                  },
                  "lost": {
                    "type": "string",
                    "format": "uint64",
                    "pattern": "^[0-9]{1,20}$",
                    "description": "Observations that it had to forget since it began, since nobody took them."
                  },
                  "isLast": {
                    "type": "boolean",
                    "description": "It ends, and this is its last word."
                  }
                },
                "required": [
                  "incarnation"
                ]
              },
              "example": {
                "incarnation": "b7f0c4",
                "sequence": "1",
                "clockSkew": "0.012s",
                "observations": [
                  {
                    "component": "payments-api.eu",
                    "assignment": "n3Jx0cQk-1",
                    "time": "2026-11-23T09:31:11Z",
                    "outcome": "HEALTH_STATUS_HEALTHY",
                    "reason": {
                      "code": "OK",
                      "message": "200 OK"
                    },
                    "latency": "0.041s"
                  }
                ]
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "What became of it.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.agent.v1.ObserveResponse"
                },
                "example": {
                  "counted": 1,
                  "refused": 0,
                  "time": "2026-11-23T09:31:12Z"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/audit": {
      "get": {
        "operationId": "AuditService_ListAudit",
        "tags": [
          "AuditService"
        ],
        "summary": "The entries of the audit log, the newest first, a page at a time",
        "description": "The entries of the audit log, the newest first, a page at a time. What changed less than a second ago may not be there yet, unless it was answered. Takes ADMIN; of a caller with `select` only what is about his components. Errors: INVALID_ARGUMENT for a bad page token and for times that are no range, UNAVAILABLE when the log cannot be read.",
        "parameters": [
          {
            "name": "from",
            "in": "query",
            "description": "Only changes at this time or later.",
            "schema": {
              "type": "string",
              "format": "date-time"
            },
            "example": "2026-11-23T09:30:00Z"
          },
          {
            "name": "to",
            "in": "query",
            "description": "Only changes before this time.",
            "schema": {
              "type": "string",
              "format": "date-time"
            },
            "example": "2026-11-23T09:30:00Z"
          },
          {
            "name": "principal",
            "in": "query",
            "description": "Only changes by this principal, such as key:ci. Empty: by all.",
            "schema": {
              "type": "string",
              "maxLength": 1024
            }
          },
          {
            "name": "component",
            "in": "query",
            "description": "Only changes of this component. Empty: of all.",
            "schema": {
              "type": "string",
              "pattern": "^$|^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
            },
            "example": "openk"
          },
          {
            "name": "pageSize",
            "in": "query",
            "description": "Entries on a page, at most 1000. Default: 50.",
            "schema": {
              "type": "integer",
              "format": "int32",
              "minimum": 0,
              "maximum": 1000
            }
          },
          {
            "name": "pageToken",
            "in": "query",
            "description": "The next_page_token of the page before, with the same filters.",
            "schema": {
              "type": "string",
              "maxLength": 2048
            }
          }
        ],
        "responses": {
          "200": {
            "description": "A page of the audit log.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/openk.audit.v1.ListAuditResponse"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/livez": {
      "get": {
        "tags": [
          "Plain HTTP"
        ],
        "operationId": "livez",
        "summary": "Whether OpenK itself runs",
        "responses": {
          "200": {
            "description": "It does.",
            "content": {
              "text/plain": {
                "schema": {
                  "type": "string"
                },
                "example": "ok\n"
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/readyz": {
      "get": {
        "tags": [
          "Plain HTTP"
        ],
        "operationId": "readyz",
        "summary": "Whether OpenK itself is ready to answer",
        "parameters": [
          {
            "name": "verbose",
            "in": "query",
            "description": "Whatever its value: each check in a line of its own.",
            "schema": {
              "type": "string"
            },
            "allowEmptyValue": true
          }
        ],
        "responses": {
          "200": {
            "description": "It is.",
            "content": {
              "text/plain": {
                "schema": {
                  "type": "string"
                },
                "example": "ok\n"
              }
            }
          },
          "503": {
            "description": "It is not: it starts or shuts down.",
            "content": {
              "text/plain": {
                "schema": {
                  "type": "string"
                },
                "example": "not ready: shutdown\n"
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/v1/sd/prometheus": {
      "get": {
        "tags": [
          "Plain HTTP"
        ],
        "operationId": "prometheusTargets",
        "summary": "What is watched as targets for Prometheus (http_sd)",
        "responses": {
          "200": {
            "description": "Components that are probed at an address, one each.",
            "content": {
              "application/json": {
                "schema": {
                  "type": "array",
                  "items": {
                    "$ref": "#/components/schemas/PrometheusTargets"
                  }
                },
                "example": [
                  {
                    "targets": [
                      "payments:50051"
                    ],
                    "labels": {
                      "__meta_openk_label_team": "payments",
                      "__meta_openk_component": "payments-api",
                      "__meta_openk_kind": "grpc",
                      "__meta_openk_display_name": "Payments",
                      "component": "payments-api"
                    }
                  }
                ]
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/InvalidArgument"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    },
    "/healthz/{component}": {
      "get": {
        "tags": [
          "Plain HTTP"
        ],
        "operationId": "healthz",
        "summary": "The health of a component, for load balancers",
        "parameters": [
          {
            "name": "component",
            "in": "path",
            "required": true,
            "description": "Id of the component.",
            "schema": {
              "type": "string",
              "minLength": 1
            },
            "example": "openk"
          }
        ],
        "responses": {
          "200": {
            "description": "HEALTHY or DEGRADED.",
            "content": {
              "application/health+json": {
                "schema": {
                  "$ref": "#/components/schemas/HealthDocument"
                },
                "example": {
                  "status": "pass",
                  "serviceId": "openk",
                  "description": "component openk is HEALTHY"
                }
              }
            }
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "503": {
            "description": "UNHEALTHY, UNKNOWN or MAINTENANCE.",
            "content": {
              "application/health+json": {
                "schema": {
                  "$ref": "#/components/schemas/HealthDocument"
                },
                "example": {
                  "status": "fail",
                  "serviceId": "openk",
                  "description": "component openk is UNHEALTHY",
                  "output": "RULE: 2 of 3 members are UNHEALTHY"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Error"
          }
        }
      }
    }
  },
  "components": {
    "schemas": {
      "openk.agent.v1.AgentObservation": {
        "type": "object",
        "title": "AgentObservation",
        "description": "What a probe run, or a message on a held stream, has said of a component.",
        "properties": {
          "component": {
            "type": "string",
            "maxLength": 128,
            "description": "Id of the component."
          },
          "assignment": {
            "type": "string",
            "maxLength": 64,
            "description": "Id of the assignment."
          },
          "time": {
            "type": "string",
            "format": "date-time",
            "description": "When it was seen, by the clock of the agent.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "outcome": {
            "$ref": "#/components/schemas/openk.common.v1.HealthStatus",
            "description": "HEALTHY, DEGRADED, UNHEALTHY, or UNKNOWN where the probe itself does not know."
          },
          "reason": {
            "$ref": "#/components/schemas/openk.agent.v1.ObservedReason",
            "description": "Why."
          },
          "latency": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "How long the run took. Not set: nothing was timed.",
            "examples": [
              "1.5s"
            ]
          },
          "phases": {
            "$ref": "#/components/schemas/openk.health.v1.ProbePhases",
            "description": "Where the time went."
          },
          "certificateExpires": {
            "type": "string",
            "format": "date-time",
            "description": "When the certificate that the target showed expires.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "parts": {
            "$ref": "#/components/schemas/openk.agent.v1.ObservedParts",
            "description": "What the target says of its parts. Not set: nothing."
          },
          "isDecisive": {
            "type": "boolean",
            "description": "The word of the target itself, which decides without thresholds."
          }
        },
        "required": [
          "time",
          "reason"
        ]
      },
      "openk.agent.v1.Assignment": {
        "type": "object",
        "title": "Assignment",
        "description": "A component that the agent is to probe.",
        "properties": {
          "id": {
            "type": "string",
            "description": "Its name, which comes back with what is seen. Never given twice."
          },
          "component": {
            "$ref": "#/components/schemas/openk.config.v1.Component",
            "description": "What to look at, and the time-out. With secrets; files are those of the agent's own machine."
          },
          "interval": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "Time between two runs.",
            "examples": [
              "1.5s"
            ]
          },
          "freshFor": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "How long what is known of it is good. 0: it is to be looked at soon.",
            "examples": [
              "1.5s"
            ]
          }
        }
      },
      "openk.agent.v1.ObserveResponse": {
        "type": "object",
        "title": "ObserveResponse",
        "description": "What became of it.",
        "properties": {
          "counted": {
            "type": "integer",
            "format": "uint32",
            "minimum": 0,
            "maximum": 4294967295,
            "description": "Observations that count."
          },
          "refused": {
            "type": "integer",
            "format": "uint32",
            "minimum": 0,
            "maximum": 4294967295,
            "description": "Observations that do not: another one probes these by now, or nobody."
          },
          "time": {
            "type": "string",
            "format": "date-time",
            "description": "What the clock of the server said when it took them.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          }
        }
      },
      "openk.agent.v1.ObservedPart": {
        "type": "object",
        "title": "ObservedPart",
        "description": "A part of what was looked at.",
        "properties": {
          "name": {
            "type": "string",
            "maxLength": 1024,
            "description": "As the target calls it."
          },
          "outcome": {
            "$ref": "#/components/schemas/openk.common.v1.HealthStatus",
            "description": "How it is."
          },
          "reason": {
            "$ref": "#/components/schemas/openk.agent.v1.ObservedReason",
            "description": "Why."
          }
        },
        "required": [
          "reason"
        ]
      },
      "openk.agent.v1.ObservedParts": {
        "type": "object",
        "title": "ObservedParts",
        "description": "What a target says of its parts.",
        "properties": {
          "parts": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.agent.v1.ObservedPart"
            },
            "maxItems": 1000,
            "description": "Each name once."
          }
        }
      },
      "openk.agent.v1.ObservedReason": {
        "type": "object",
        "title": "ObservedReason",
        "description": "Why something was seen.",
        "properties": {
          "code": {
            "type": "string",
            "maxLength": 128,
            "description": "For programs: UPPER_SNAKE_CASE, for example TIMEOUT."
          },
          "message": {
            "type": "string",
            "maxLength": 8192,
            "description": "For people, without figures that differ from run to run."
          },
          "evidence": {
            "type": "string",
            "maxLength": 8192,
            "description": "What came, for people."
          }
        }
      },
      "openk.agent.v1.Pace": {
        "type": "object",
        "title": "Pace",
        "description": "How often a component is to be probed from now on.",
        "properties": {
          "component": {
            "type": "string",
            "description": "Id of the component."
          },
          "interval": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "Time between two runs.",
            "examples": [
              "1.5s"
            ]
          }
        }
      },
      "openk.agent.v1.WorkChange": {
        "type": "object",
        "title": "WorkChange",
        "description": "What changed of what the agent is to probe.",
        "properties": {
          "revision": {
            "type": "string",
            "format": "uint64",
            "pattern": "^[0-9]{1,20}$",
            "description": "Number of the latest change of what anybody probes."
          },
          "assigned": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.agent.v1.Assignment"
            },
            "description": "What it is to probe from now on, in place of whatever it had of the same component."
          },
          "removed": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "Ids of components that it probes no more."
          },
          "paces": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.agent.v1.Pace"
            },
            "description": "What is to be probed more or less often."
          }
        }
      },
      "openk.agent.v1.WorkKeepAlive": {
        "type": "object",
        "title": "WorkKeepAlive",
        "description": "Nothing changed.",
        "properties": {}
      },
      "openk.agent.v1.WorkResponse": {
        "type": "object",
        "title": "WorkResponse",
        "description": "A message of the stream: exactly one of the three.",
        "properties": {
          "snapshot": {
            "$ref": "#/components/schemas/openk.agent.v1.WorkSnapshot",
            "description": "All that the agent is to probe. The first message."
          },
          "change": {
            "$ref": "#/components/schemas/openk.agent.v1.WorkChange",
            "description": "What changed since the message before."
          },
          "keepAlive": {
            "$ref": "#/components/schemas/openk.agent.v1.WorkKeepAlive",
            "description": "Nothing changed."
          }
        },
        "allOf": [
          {
            "oneOf": [
              {
                "required": [
                  "snapshot"
                ]
              },
              {
                "required": [
                  "change"
                ]
              },
              {
                "required": [
                  "keepAlive"
                ]
              },
              {
                "not": {
                  "anyOf": [
                    {
                      "required": [
                        "snapshot"
                      ]
                    },
                    {
                      "required": [
                        "change"
                      ]
                    },
                    {
                      "required": [
                        "keepAlive"
                      ]
                    }
                  ]
                }
              }
            ]
          }
        ]
      },
      "openk.agent.v1.WorkSnapshot": {
        "type": "object",
        "title": "WorkSnapshot",
        "description": "All that the agent is to probe.",
        "properties": {
          "revision": {
            "type": "string",
            "format": "uint64",
            "pattern": "^[0-9]{1,20}$",
            "description": "Number of the latest change of what anybody probes."
          },
          "assignments": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.agent.v1.Assignment"
            },
            "description": "What it is to probe."
          },
          "denyAddresses": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "Addresses and networks that no probe connects to."
          }
        }
      },
      "openk.alerts.v1.AcknowledgeAlertResponse": {
        "type": "object",
        "title": "AcknowledgeAlertResponse",
        "description": "The alert that was acknowledged.",
        "properties": {
          "alert": {
            "$ref": "#/components/schemas/openk.alerts.v1.Alert",
            "description": "As it is now."
          }
        }
      },
      "openk.alerts.v1.Acknowledgement": {
        "type": "object",
        "title": "Acknowledgement",
        "description": "Who said that he takes care of an alert.",
        "properties": {
          "author": {
            "type": "string",
            "description": "Name of the principal. Empty for callers who have neither of the scopes EXPLAIN and OPERATE."
          },
          "time": {
            "type": "string",
            "format": "date-time",
            "description": "When.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "note": {
            "type": "string",
            "description": "What he said. Empty: nothing, or the caller has neither of these scopes."
          }
        }
      },
      "openk.alerts.v1.Alert": {
        "type": "object",
        "title": "Alert",
        "description": "Something that somebody has to know of: a component, as a route sees it.",
        "properties": {
          "id": {
            "type": "string",
            "description": "Names it, for good."
          },
          "route": {
            "type": "string",
            "description": "Id of the route that it was made by."
          },
          "component": {
            "type": "string",
            "description": "Id of the component."
          },
          "state": {
            "$ref": "#/components/schemas/openk.alerts.v1.AlertState",
            "description": "How far it is."
          },
          "status": {
            "$ref": "#/components/schemas/openk.common.v1.HealthStatus",
            "description": "Status of the component, the latest that was for or against the alert; of one that is resolved: what it came to."
          },
          "severity": {
            "$ref": "#/components/schemas/openk.alerts.v1.Severity",
            "description": "How urgent it is: as its route says, else by the label `severity` of the component, else by its status."
          },
          "reason": {
            "$ref": "#/components/schemas/openk.alerts.v1.AlertReason",
            "description": "Why the component has this status."
          },
          "since": {
            "type": "string",
            "format": "date-time",
            "description": "Since when the component has been bad.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "opened": {
            "type": "string",
            "format": "date-time",
            "description": "When it was opened. Not set while it is PENDING or HELD.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "updated": {
            "type": "string",
            "format": "date-time",
            "description": "When it changed last.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "resolved": {
            "type": "string",
            "format": "date-time",
            "description": "When it was resolved. Not set while it is not.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "resolution": {
            "$ref": "#/components/schemas/openk.alerts.v1.Resolution",
            "description": "Why it is over."
          },
          "cause": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "Ids of components that are the cause of it and were found after it was opened. Empty: it is its own cause."
          },
          "consequences": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "Ids of components that are bad because of it, in the order of ids, at most 100 of them."
          },
          "consequenceCount": {
            "type": "integer",
            "format": "uint32",
            "minimum": 0,
            "maximum": 4294967295,
            "description": "How many components are bad because of it. For callers who see a part of the components only: how many of those that are listed."
          },
          "labels": {
            "type": "object",
            "additionalProperties": {
              "type": "string"
            },
            "description": "Labels of the component."
          },
          "links": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.alerts.v1.AlertLink"
            },
            "description": "Links of the component, for callers with the scope EXPLAIN."
          },
          "acknowledgement": {
            "$ref": "#/components/schemas/openk.alerts.v1.Acknowledgement",
            "description": "Who takes care of it. Not set: nobody has said so."
          },
          "flapping": {
            "type": "boolean",
            "description": "Whether its component changes all the time: then nothing is sent until it has settled."
          },
          "displayName": {
            "type": "string",
            "description": "Name of the component, for people."
          },
          "revision": {
            "type": "string",
            "format": "uint64",
            "pattern": "^[0-9]{1,20}$",
            "description": "Revision of the component's health that it stands for."
          },
          "burn": {
            "$ref": "#/components/schemas/openk.common.v1.BurnSpeed",
            "description": "Of an alert whose component's error budget burns: how fast. Not set: it is about the status."
          }
        }
      },
      "openk.alerts.v1.AlertLink": {
        "type": "object",
        "title": "AlertLink",
        "description": "Where to read on.",
        "properties": {
          "title": {
            "type": "string",
            "description": "What it is called."
          },
          "url": {
            "type": "string",
            "description": "Where it leads."
          }
        }
      },
      "openk.alerts.v1.AlertReason": {
        "type": "object",
        "title": "AlertReason",
        "description": "Why a component has its status.",
        "properties": {
          "code": {
            "type": "string",
            "description": "UPPER_SNAKE_CASE."
          },
          "message": {
            "type": "string",
            "description": "For people. Empty for callers without the scope EXPLAIN."
          }
        }
      },
      "openk.alerts.v1.AlertState": {
        "type": "string",
        "title": "AlertState",
        "description": "How far an alert is.\n\n- `ALERT_STATE_UNSPECIFIED`: Not set. No filter, and never an answer.\n- `ALERT_STATE_PENDING`: Its condition holds, but not for long enough yet (`for`). Nobody has been sent anything.\n- `ALERT_STATE_HELD`: As PENDING, while what its component depends on may be the cause and has not been looked at for long enough to know.\n- `ALERT_STATE_OPEN`: It is to be taken care of.\n- `ALERT_STATE_ACKNOWLEDGED`: Somebody takes care of it.\n- `ALERT_STATE_SUSPENDED`: Its component is in maintenance, or nobody can say how it is since OpenK's own network is gone: what comes of it is seen afterwards.\n- `ALERT_STATE_RESOLVED`: It is over.",
        "enum": [
          "ALERT_STATE_UNSPECIFIED",
          "ALERT_STATE_PENDING",
          "ALERT_STATE_HELD",
          "ALERT_STATE_OPEN",
          "ALERT_STATE_ACKNOWLEDGED",
          "ALERT_STATE_SUSPENDED",
          "ALERT_STATE_RESOLVED"
        ]
      },
      "openk.alerts.v1.Delivery": {
        "type": "object",
        "title": "Delivery",
        "description": "One message to one channel.",
        "properties": {
          "id": {
            "type": "string",
            "description": "Names it; the same at each attempt."
          },
          "alert": {
            "type": "string",
            "description": "Id of the alert. Empty: it is about none, as openk.notice is."
          },
          "channel": {
            "type": "string",
            "description": "Id of the channel."
          },
          "type": {
            "type": "string",
            "description": "What it says, such as alert.opened."
          },
          "state": {
            "$ref": "#/components/schemas/openk.alerts.v1.DeliveryState",
            "description": "What became of it."
          },
          "attempts": {
            "type": "integer",
            "format": "uint32",
            "minimum": 0,
            "maximum": 4294967295,
            "description": "How often it was tried."
          },
          "created": {
            "type": "string",
            "format": "date-time",
            "description": "When it was made.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "nextAttempt": {
            "type": "string",
            "format": "date-time",
            "description": "When it is tried next. Not set: it is not.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "settled": {
            "type": "string",
            "format": "date-time",
            "description": "When it was accepted, failed or dropped. Not set: it waits.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "error": {
            "type": "string",
            "description": "What the last attempt came to, for people. Empty: it was accepted, or not tried yet."
          }
        }
      },
      "openk.alerts.v1.DeliveryState": {
        "type": "string",
        "title": "DeliveryState",
        "description": "What became of a delivery.\n\n- `DELIVERY_STATE_UNSPECIFIED`: Not set. No filter, and never an answer.\n- `DELIVERY_STATE_WAITING`: It is to be sent, for the first time or again.\n- `DELIVERY_STATE_ACCEPTED`: The channel has accepted it.\n- `DELIVERY_STATE_FAILED`: The channel has refused it for good, or it was tried for a day.\n- `DELIVERY_STATE_DROPPED`: It was never tried, and what it was to say is over.",
        "enum": [
          "DELIVERY_STATE_UNSPECIFIED",
          "DELIVERY_STATE_WAITING",
          "DELIVERY_STATE_ACCEPTED",
          "DELIVERY_STATE_FAILED",
          "DELIVERY_STATE_DROPPED"
        ]
      },
      "openk.alerts.v1.GetAlertResponse": {
        "type": "object",
        "title": "GetAlertResponse",
        "description": "An alert.",
        "properties": {
          "alert": {
            "$ref": "#/components/schemas/openk.alerts.v1.Alert",
            "description": "As it is now."
          }
        }
      },
      "openk.alerts.v1.ListAlertsResponse": {
        "type": "object",
        "title": "ListAlertsResponse",
        "description": "A page of alerts.",
        "properties": {
          "alerts": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.alerts.v1.Alert"
            },
            "description": "Those that are not over, the newest first, then the others, the latest resolved first."
          },
          "nextPageToken": {
            "type": "string",
            "description": "Token of the next page. Empty: this is the last."
          }
        }
      },
      "openk.alerts.v1.ListDeliveriesResponse": {
        "type": "object",
        "title": "ListDeliveriesResponse",
        "description": "A page of deliveries.",
        "properties": {
          "deliveries": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.alerts.v1.Delivery"
            },
            "description": "The newest first."
          },
          "nextPageToken": {
            "type": "string",
            "description": "Token of the next page. Empty: this is the last."
          }
        }
      },
      "openk.alerts.v1.Resolution": {
        "type": "string",
        "title": "Resolution",
        "description": "Why an alert is over.\n\n- `RESOLUTION_UNSPECIFIED`: Not set: it is not over.\n- `RESOLUTION_RECOVERED`: Its component recovered.\n- `RESOLUTION_REMOVED`: The configuration has its component or its route no more.",
        "enum": [
          "RESOLUTION_UNSPECIFIED",
          "RESOLUTION_RECOVERED",
          "RESOLUTION_REMOVED"
        ]
      },
      "openk.alerts.v1.Severity": {
        "type": "string",
        "title": "Severity",
        "description": "How urgent an alert is.\n\n- `SEVERITY_UNSPECIFIED`: Not set.\n- `SEVERITY_INFO`: To be known.\n- `SEVERITY_WARNING`: To be looked at.\n- `SEVERITY_ERROR`: To be repaired.\n- `SEVERITY_CRITICAL`: To be repaired now.",
        "enum": [
          "SEVERITY_UNSPECIFIED",
          "SEVERITY_INFO",
          "SEVERITY_WARNING",
          "SEVERITY_ERROR",
          "SEVERITY_CRITICAL"
        ]
      },
      "openk.alerts.v1.TestChannelResponse": {
        "type": "object",
        "title": "TestChannelResponse",
        "description": "What came of a test message.",
        "properties": {
          "accepted": {
            "type": "boolean",
            "description": "Whether the channel accepted it."
          },
          "error": {
            "type": "string",
            "description": "What it answered where it did not, for people."
          },
          "latency": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "How long it took.",
            "examples": [
              "1.5s"
            ]
          }
        }
      },
      "openk.alerts.v1.WatchAlertsResponse": {
        "type": "object",
        "title": "WatchAlertsResponse",
        "description": "A message of the stream.",
        "properties": {
          "snapshot": {
            "$ref": "#/components/schemas/openk.alerts.v1.WatchAlertsResponse.Snapshot",
            "description": "What is not resolved now: the first message, and later ones where the reader is far behind, or other alerts exist for him after a reload. It takes the place of all before."
          },
          "change": {
            "$ref": "#/components/schemas/openk.alerts.v1.WatchAlertsResponse.Change",
            "description": "What has changed since the message before."
          },
          "keepAlive": {
            "$ref": "#/components/schemas/openk.alerts.v1.WatchAlertsResponse.KeepAlive",
            "description": "Nothing has changed for 15 s."
          }
        },
        "allOf": [
          {
            "oneOf": [
              {
                "required": [
                  "snapshot"
                ]
              },
              {
                "required": [
                  "change"
                ]
              },
              {
                "required": [
                  "keepAlive"
                ]
              },
              {
                "not": {
                  "anyOf": [
                    {
                      "required": [
                        "snapshot"
                      ]
                    },
                    {
                      "required": [
                        "change"
                      ]
                    },
                    {
                      "required": [
                        "keepAlive"
                      ]
                    }
                  ]
                }
              }
            ]
          }
        ]
      },
      "openk.alerts.v1.WatchAlertsResponse.Change": {
        "type": "object",
        "title": "WatchAlertsResponse.Change",
        "description": "Alerts that are new, have changed or are over.",
        "properties": {
          "alerts": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.alerts.v1.Alert"
            },
            "description": "Each as it is now."
          }
        }
      },
      "openk.alerts.v1.WatchAlertsResponse.KeepAlive": {
        "type": "object",
        "title": "WatchAlertsResponse.KeepAlive",
        "description": "Says that the stream goes on.",
        "properties": {}
      },
      "openk.alerts.v1.WatchAlertsResponse.Snapshot": {
        "type": "object",
        "title": "WatchAlertsResponse.Snapshot",
        "description": "All alerts that are not resolved.",
        "properties": {
          "alerts": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.alerts.v1.Alert"
            },
            "description": "The newest first."
          }
        }
      },
      "openk.audit.v1.AuditEntry": {
        "type": "object",
        "title": "AuditEntry",
        "description": "A change, and who made it.",
        "properties": {
          "time": {
            "type": "string",
            "format": "date-time",
            "description": "When it was made.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "principal": {
            "type": "string",
            "description": "Who made it, by the kind of credential: key:ci, ping:nightly-backup, anonymous; config: whoever may write the configuration file."
          },
          "address": {
            "type": "string",
            "description": "The address that it came from. Empty: from no call."
          },
          "action": {
            "type": "string",
            "description": "What was done: REPORT, when what is reported of a component or who reports it differs from before; RELOAD, when a configuration was taken; CREATE_INCIDENT and UPDATE_INCIDENT."
          },
          "component": {
            "type": "string",
            "description": "Id of the component. Empty: it is about none."
          },
          "detail": {
            "type": "string",
            "description": "More of it, for people."
          }
        }
      },
      "openk.audit.v1.ListAuditResponse": {
        "type": "object",
        "title": "ListAuditResponse",
        "description": "A page of the audit log.",
        "properties": {
          "entries": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.audit.v1.AuditEntry"
            },
            "description": "The newest first."
          },
          "nextPageToken": {
            "type": "string",
            "description": "Token of the next page. Empty: this is the last."
          }
        }
      },
      "openk.common.v1.BurnSpeed": {
        "type": "string",
        "title": "BurnSpeed",
        "description": "How fast an error budget burns (docs/slo.md). The limits are those of a window of 30 days; others have the same share of the budget.\n\n- `BURN_SPEED_UNSPECIFIED`: Not set.\n- `BURN_SPEED_FAST`: 14.4 times as fast as it bears, over 1 h and over 5 min: 2 % of the budget in an hour.\n- `BURN_SPEED_MEDIUM`: 6 times as fast, over 6 h and over 30 min: 5 % of the budget in 6 hours.\n- `BURN_SPEED_SLOW`: As fast as it bears, over 3 days and over 6 h: 10 % of the budget in 3 days.",
        "enum": [
          "BURN_SPEED_UNSPECIFIED",
          "BURN_SPEED_FAST",
          "BURN_SPEED_MEDIUM",
          "BURN_SPEED_SLOW"
        ]
      },
      "openk.common.v1.HealthStatus": {
        "type": "string",
        "title": "HealthStatus",
        "description": "The health of a component as OpenK holds it.\n\n- `HEALTH_STATUS_UNSPECIFIED`: Not set. No filter, and never an answer.\n- `HEALTH_STATUS_HEALTHY`: Works as it should.\n- `HEALTH_STATUS_DEGRADED`: Works, but worse than it should.\n- `HEALTH_STATUS_UNHEALTHY`: Does not work.\n- `HEALTH_STATUS_UNKNOWN`: OpenK does not know: never observed, observed too long ago, a group whose status depends on members that are not known, or a group no member of which counts.\n- `HEALTH_STATUS_MAINTENANCE`: Taken out of service on purpose; counts neither for nor against its groups.",
        "enum": [
          "HEALTH_STATUS_UNSPECIFIED",
          "HEALTH_STATUS_HEALTHY",
          "HEALTH_STATUS_DEGRADED",
          "HEALTH_STATUS_UNHEALTHY",
          "HEALTH_STATUS_UNKNOWN",
          "HEALTH_STATUS_MAINTENANCE"
        ]
      },
      "openk.common.v1.Impact": {
        "type": "string",
        "title": "Impact",
        "description": "How much a member may pull its group down.\n\n- `IMPACT_UNSPECIFIED`: Not set: taken as CRITICAL.\n- `IMPACT_CRITICAL`: The member contributes its status as it is.\n- `IMPACT_DEGRADES`: The member makes its group DEGRADED at the most.\n- `IMPACT_IGNORED`: The member is shown and not counted.",
        "enum": [
          "IMPACT_UNSPECIFIED",
          "IMPACT_CRITICAL",
          "IMPACT_DEGRADES",
          "IMPACT_IGNORED"
        ]
      },
      "openk.config.v1.AlertmanagerProbe": {
        "type": "object",
        "title": "AlertmanagerProbe",
        "description": "Takes alerts that an Alertmanager sends to /alertmanager/TOKEN, by a receiver with webhook_configs: docs/alertmanager.md. HEALTHY while none fires, UNKNOWN while nothing is heard of it.",
        "properties": {
          "token": {
            "type": "string",
            "description": "What the sender shows, in the path. Components with the same token hear the same sender. At least 16 letters, digits, '-' or '_'. Never shown."
          },
          "match": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "maxItems": 100,
            "description": "Which alerts are about the component, by their labels: one of these. Commas stand between what must hold together: \"team=payments,env!=test\". Default: all."
          },
          "degraded": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "maxItems": 100,
            "description": "Alerts that make it DEGRADED and not UNHEALTHY, in the same way. Default: severity=warning."
          },
          "ignored": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "maxItems": 100,
            "description": "Alerts that do not count, in the same way, beside those with severity=none. Default: severity=info."
          },
          "heardWithin": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "In what time something has to be heard of the sender, whatever it is about: UNKNOWN after that. An alert that always fires sees to it. Default: 10m.",
            "examples": [
              "1.5s"
            ]
          },
          "repeatedWithin": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "In what time an alert that fires has to be said again: longer than repeat_interval of Alertmanager. Default: 5h, since that is 4h.",
            "examples": [
              "1.5s"
            ]
          }
        },
        "required": [
          "token"
        ]
      },
      "openk.config.v1.BestRule": {
        "type": "object",
        "title": "BestRule",
        "description": "As good as the best member.",
        "properties": {}
      },
      "openk.config.v1.ClientTls": {
        "type": "object",
        "title": "ClientTls",
        "description": "TLS towards a target.",
        "properties": {
          "caFile": {
            "type": "string",
            "description": "PEM file with the authorities to trust. Default: those of the system."
          },
          "certFile": {
            "type": "string",
            "description": "PEM file with the client certificate."
          },
          "keyFile": {
            "type": "string",
            "description": "PEM file with the client's private key."
          },
          "serverName": {
            "type": "string",
            "description": "Name to ask for and to verify. Default: the host of the target."
          },
          "insecureSkipVerify": {
            "type": "boolean",
            "description": "Take any certificate. The target is then not authenticated."
          }
        }
      },
      "openk.config.v1.Component": {
        "type": "object",
        "title": "Component",
        "description": "Something that is watched, or a group of such things.",
        "properties": {
          "id": {
            "type": "string",
            "description": "Its name in every answer: a letter or digit, then up to 127 of letters, digits, dot, underscore, dash."
          },
          "labels": {
            "type": "object",
            "additionalProperties": {
              "type": "string"
            },
            "maxProperties": 64,
            "description": "Free labels, to select by."
          },
          "http": {
            "$ref": "#/components/schemas/openk.config.v1.HttpProbe",
            "description": "Asks an HTTP server."
          },
          "grpc": {
            "$ref": "#/components/schemas/openk.config.v1.GrpcProbe",
            "description": "Asks a gRPC server by grpc.health.v1."
          },
          "tcp": {
            "$ref": "#/components/schemas/openk.config.v1.TcpProbe",
            "description": "Connects to a TCP port."
          },
          "dns": {
            "$ref": "#/components/schemas/openk.config.v1.DnsProbe",
            "description": "Resolves a name."
          },
          "tls": {
            "$ref": "#/components/schemas/openk.config.v1.TlsProbe",
            "description": "Looks at a server's certificate."
          },
          "heartbeat": {
            "$ref": "#/components/schemas/openk.config.v1.HeartbeatProbe",
            "description": "Waits for reports (ReportHealth) and misses them when they are late."
          },
          "openk": {
            "$ref": "#/components/schemas/openk.config.v1.OpenkProbe",
            "description": "Follows a component of another OpenK."
          },
          "group": {
            "$ref": "#/components/schemas/openk.config.v1.Group",
            "description": "Rolls up other components."
          },
          "discovery": {
            "$ref": "#/components/schemas/openk.config.v1.DiscoveryProbe",
            "description": "Says how a source of components is."
          },
          "promql": {
            "$ref": "#/components/schemas/openk.config.v1.PromqlProbe",
            "description": "Asks Prometheus, or what speaks as it does."
          },
          "feed": {
            "$ref": "#/components/schemas/openk.config.v1.FeedProbe",
            "description": "Reads the status page of somebody else."
          },
          "consul": {
            "$ref": "#/components/schemas/openk.config.v1.ConsulProbe",
            "description": "Asks Consul about a service."
          },
          "websocket": {
            "$ref": "#/components/schemas/openk.config.v1.WebsocketProbe",
            "description": "Opens a WebSocket."
          },
          "icmp": {
            "$ref": "#/components/schemas/openk.config.v1.IcmpProbe",
            "description": "Sends an ICMP echo request."
          },
          "alertmanager": {
            "$ref": "#/components/schemas/openk.config.v1.AlertmanagerProbe",
            "description": "Takes the alerts that an Alertmanager sends."
          },
          "interval": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "Time between two probe runs. Default: defaults.interval.",
            "examples": [
              "1.5s"
            ]
          },
          "timeout": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "Longest a probe run may take. Default: defaults.timeout.",
            "examples": [
              "1.5s"
            ]
          },
          "unhealthyInterval": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "Time between two probe runs while it is not HEALTHY. Default: interval.",
            "examples": [
              "1.5s"
            ]
          },
          "healthyThreshold": {
            "type": "integer",
            "format": "uint32",
            "minimum": 1,
            "maximum": 1000,
            "description": "Better observations in a row that make its status better. Default: defaults.healthy_threshold."
          },
          "unhealthyThreshold": {
            "type": "integer",
            "format": "uint32",
            "minimum": 1,
            "maximum": 1000,
            "description": "Worse observations in a row that make its status worse. Default: defaults.unhealthy_threshold."
          },
          "staleAfter": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "Age of the last observation from which it is UNKNOWN. Longer than the intervals and the timeout. Default: 3 times the longer interval, and the timeout.",
            "examples": [
              "1.5s"
            ]
          },
          "displayName": {
            "type": "string",
            "description": "Its name for people, where that is another than its id."
          },
          "description": {
            "type": "string",
            "maxLength": 4096,
            "description": "What it is, for people. Text, not HTML."
          },
          "links": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.config.v1.Link"
            },
            "maxItems": 32,
            "description": "Where people find more about it: dashboards, instructions, repositories."
          },
          "dependsOn": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "uniqueItems": true,
            "description": "Components that it cannot work without. While one of them is UNHEALTHY, its own failure is a consequence (caused_by)."
          },
          "servingWhenDegraded": {
            "type": "boolean",
            "description": "Whether grpc.health.v1 answers SERVING while it is DEGRADED. Default: true."
          },
          "maintenance": {
            "$ref": "#/components/schemas/openk.config.v1.Maintenance",
            "description": "When it is out of service on purpose."
          },
          "slo": {
            "$ref": "#/components/schemas/openk.config.v1.Slo",
            "description": "Its service level objective: how much of the time it is to be good. Left out: it has none."
          },
          "vantage": {
            "$ref": "#/components/schemas/openk.config.v1.Vantage",
            "description": "From which places it is probed. Left out: OpenK probes it from where it runs."
          }
        },
        "required": [
          "id"
        ],
        "allOf": [
          {
            "oneOf": [
              {
                "required": [
                  "http"
                ]
              },
              {
                "required": [
                  "grpc"
                ]
              },
              {
                "required": [
                  "tcp"
                ]
              },
              {
                "required": [
                  "dns"
                ]
              },
              {
                "required": [
                  "tls"
                ]
              },
              {
                "required": [
                  "heartbeat"
                ]
              },
              {
                "required": [
                  "openk"
                ]
              },
              {
                "required": [
                  "group"
                ]
              },
              {
                "required": [
                  "discovery"
                ]
              },
              {
                "required": [
                  "promql"
                ]
              },
              {
                "required": [
                  "feed"
                ]
              },
              {
                "required": [
                  "consul"
                ]
              },
              {
                "required": [
                  "websocket"
                ]
              },
              {
                "required": [
                  "icmp"
                ]
              },
              {
                "required": [
                  "alertmanager"
                ]
              },
              {
                "not": {
                  "anyOf": [
                    {
                      "required": [
                        "http"
                      ]
                    },
                    {
                      "required": [
                        "grpc"
                      ]
                    },
                    {
                      "required": [
                        "tcp"
                      ]
                    },
                    {
                      "required": [
                        "dns"
                      ]
                    },
                    {
                      "required": [
                        "tls"
                      ]
                    },
                    {
                      "required": [
                        "heartbeat"
                      ]
                    },
                    {
                      "required": [
                        "openk"
                      ]
                    },
                    {
                      "required": [
                        "group"
                      ]
                    },
                    {
                      "required": [
                        "discovery"
                      ]
                    },
                    {
                      "required": [
                        "promql"
                      ]
                    },
                    {
                      "required": [
                        "feed"
                      ]
                    },
                    {
                      "required": [
                        "consul"
                      ]
                    },
                    {
                      "required": [
                        "websocket"
                      ]
                    },
                    {
                      "required": [
                        "icmp"
                      ]
                    },
                    {
                      "required": [
                        "alertmanager"
                      ]
                    }
                  ]
                }
              }
            ]
          }
        ]
      },
      "openk.config.v1.ConsulProbe": {
        "type": "object",
        "title": "ConsulProbe",
        "description": "Asks Consul how the instances of a service are. Each is a component ID.NODE.SERVICE_ID. HEALTHY while all pass, DEGRADED while some do, UNHEALTHY while none does, and UNKNOWN while there is none, or Consul does not answer. Instances in maintenance do not count.",
        "properties": {
          "server": {
            "type": "string",
            "description": "URL of Consul's HTTP API. Credentials in it are never shown."
          },
          "service": {
            "type": "string",
            "description": "Name of the service."
          },
          "tag": {
            "type": "string",
            "description": "A tag that instances must have to count. Default: none."
          },
          "datacenter": {
            "type": "string",
            "description": "The datacenter to ask. Default: that of the server."
          },
          "token": {
            "type": "string",
            "description": "An ACL token. Never shown."
          },
          "tls": {
            "$ref": "#/components/schemas/openk.config.v1.ClientTls",
            "description": "TLS options for https."
          },
          "ipFamily": {
            "$ref": "#/components/schemas/openk.config.v1.IpFamily",
            "description": "Which of its addresses are tried. Default: all, those of IPv6 first."
          },
          "resolver": {
            "type": "string",
            "description": "The name server that is asked for its name, IP or IP:PORT; then neither the hosts file nor search domains count. Default: those of the system."
          },
          "proxy": {
            "type": "string",
            "description": "An HTTP proxy to go through, http://HOST:PORT: https by CONNECT, http in absolute form. Credentials in it are never shown. Default: none, whatever the environment says."
          }
        },
        "required": [
          "server",
          "service"
        ]
      },
      "openk.config.v1.DiscoveryProbe": {
        "type": "object",
        "title": "DiscoveryProbe",
        "description": "How a source of components is, or something that the source itself knows the health of. OpenK adds one for each source: discovery.ID.",
        "properties": {
          "source": {
            "type": "string",
            "description": "Id of the source."
          },
          "target": {
            "type": "string",
            "description": "What the source calls it. Left out: the source itself."
          }
        },
        "required": [
          "source"
        ]
      },
      "openk.config.v1.DnsProbe": {
        "type": "object",
        "title": "DnsProbe",
        "description": "Resolves a name. HEALTHY when there is an answer, and it is as expected.",
        "properties": {
          "name": {
            "type": "string",
            "maxLength": 253,
            "description": "The name to resolve; for PTR also an IP address."
          },
          "type": {
            "$ref": "#/components/schemas/openk.config.v1.DnsProbe.Type",
            "description": "The kind of record. Default: A."
          },
          "resolver": {
            "type": "string",
            "description": "The name server to ask, IP or IP:PORT. Default: those of the system."
          },
          "expect": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "Answers that must all be among those that come."
          },
          "rcode": {
            "$ref": "#/components/schemas/openk.config.v1.DnsProbe.Rcode",
            "description": "How it must answer: NXDOMAIN is HEALTHY while the name does not exist. Default: NOERROR."
          }
        },
        "required": [
          "name"
        ]
      },
      "openk.config.v1.DnsProbe.Rcode": {
        "type": "string",
        "title": "DnsProbe.Rcode",
        "description": "What the name server answers (RFC 1035, section 4.1.1).\n\n- `RCODE_UNSPECIFIED`: Not set: taken as NOERROR.\n- `RCODE_NOERROR`: There are records.\n- `RCODE_FORMERR`: It cannot read the question.\n- `RCODE_SERVFAIL`: It failed.\n- `RCODE_NXDOMAIN`: There is no such name.\n- `RCODE_NOTIMP`: It does not know this kind of question.\n- `RCODE_REFUSED`: It refuses to answer.",
        "enum": [
          "RCODE_UNSPECIFIED",
          "RCODE_NOERROR",
          "RCODE_FORMERR",
          "RCODE_SERVFAIL",
          "RCODE_NXDOMAIN",
          "RCODE_NOTIMP",
          "RCODE_REFUSED"
        ]
      },
      "openk.config.v1.DnsProbe.Type": {
        "type": "string",
        "title": "DnsProbe.Type",
        "description": "What kind of record to ask for.\n\n- `TYPE_UNSPECIFIED`: Not set: taken as A.\n- `TYPE_A`: IPv4 addresses.\n- `TYPE_AAAA`: IPv6 addresses.\n- `TYPE_CNAME`: Alias.\n- `TYPE_MX`: Mail servers, as \"PRIORITY HOST\".\n- `TYPE_NS`: Name servers.\n- `TYPE_TXT`: Text records.\n- `TYPE_SRV`: Services, as \"PRIORITY WEIGHT PORT HOST\".\n- `TYPE_PTR`: Names of an address.\n- `TYPE_CAA`: Who may issue certificates, as \"FLAGS TAG VALUE\": 0 issue letsencrypt.org.\n- `TYPE_SOA`: The zone, as \"NAMESERVER MAILBOX SERIAL REFRESH RETRY EXPIRE MINIMUM\"; an expected answer may be the beginning of that.",
        "enum": [
          "TYPE_UNSPECIFIED",
          "TYPE_A",
          "TYPE_AAAA",
          "TYPE_CNAME",
          "TYPE_MX",
          "TYPE_NS",
          "TYPE_TXT",
          "TYPE_SRV",
          "TYPE_PTR",
          "TYPE_CAA",
          "TYPE_SOA"
        ]
      },
      "openk.config.v1.FeedProbe": {
        "type": "object",
        "title": "FeedProbe",
        "description": "Reads the status page of somebody else, or OpenK's own: the worst of what it says of the page, of components and of incidents counts. Each component there is a component ID.NAME. Words that are not known are UNKNOWN, and so is all of it while the page cannot be read. Looks once a minute, unless interval says otherwise.",
        "properties": {
          "url": {
            "type": "string",
            "description": "Where the document is; of a host alone the place that the format has. Credentials in it are never shown."
          },
          "format": {
            "$ref": "#/components/schemas/openk.config.v1.FeedProbe.Format",
            "description": "What it speaks. Default: AUTO."
          },
          "component": {
            "type": "string",
            "description": "Name or id of a component of the page, or of a group of them, that alone counts, with the incidents that name it. Default: all."
          },
          "tls": {
            "$ref": "#/components/schemas/openk.config.v1.ClientTls",
            "description": "TLS options for https."
          },
          "ipFamily": {
            "$ref": "#/components/schemas/openk.config.v1.IpFamily",
            "description": "Which of its addresses are tried. Default: all, those of IPv6 first."
          },
          "resolver": {
            "type": "string",
            "description": "The name server that is asked for its name, IP or IP:PORT; then neither the hosts file nor search domains count. Default: those of the system."
          },
          "proxy": {
            "type": "string",
            "description": "An HTTP proxy to go through, http://HOST:PORT: https by CONNECT, http in absolute form. Credentials in it are never shown. Default: none, whatever the environment says."
          }
        },
        "required": [
          "url"
        ]
      },
      "openk.config.v1.FeedProbe.Format": {
        "type": "string",
        "title": "FeedProbe.Format",
        "description": "What a page speaks.\n\n- `FORMAT_UNSPECIFIED`: Not set: taken as AUTO.\n- `FORMAT_AUTO`: Whichever of them it has.\n- `FORMAT_STATUSPAGE`: /api/v2/summary.json of Statuspage, incident.io, OpenK and others.\n- `FORMAT_INSTATUS`: /summary.json of Instatus.\n- `FORMAT_SLACK`: /api/v2.0.0/current of Slack.\n- `FORMAT_GCP`: /incidents.json of Google Cloud.",
        "enum": [
          "FORMAT_UNSPECIFIED",
          "FORMAT_AUTO",
          "FORMAT_STATUSPAGE",
          "FORMAT_INSTATUS",
          "FORMAT_SLACK",
          "FORMAT_GCP"
        ]
      },
      "openk.config.v1.Group": {
        "type": "object",
        "title": "Group",
        "description": "Rolls up other components. Every member counts but those of impact IGNORED, which are shown only. A member in MAINTENANCE is left out of the rule while it is. All members that count are in MAINTENANCE: the group is too. No member counts: it is UNKNOWN, whatever the ignored ones are. Members that are UNKNOWN make the group UNKNOWN only where its status depends on how they really are.",
        "properties": {
          "rule": {
            "$ref": "#/components/schemas/openk.config.v1.Rule",
            "description": "How. Default: worst."
          },
          "members": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.config.v1.Member"
            },
            "minItems": 1,
            "description": "What."
          }
        }
      },
      "openk.config.v1.GrpcProbe": {
        "type": "object",
        "title": "GrpcProbe",
        "description": "Asks a gRPC server by grpc.health.v1. HEALTHY on SERVING.",
        "properties": {
          "target": {
            "type": "string",
            "description": "Where: HOST:PORT. The host is a name, also one with underscores or of another alphabet, an IPv4 address, or an IPv6 address in brackets."
          },
          "service": {
            "type": "string",
            "description": "Service name to ask for; \"*\": the server and every service that it lists, each of which is a component ID.SERVICE. Default: empty, the server as a whole."
          },
          "tls": {
            "$ref": "#/components/schemas/openk.config.v1.ClientTls",
            "description": "TLS options. Left out: cleartext."
          },
          "metadata": {
            "type": "object",
            "additionalProperties": {
              "type": "string"
            },
            "description": "Request metadata. Its values are never shown."
          },
          "mode": {
            "$ref": "#/components/schemas/openk.config.v1.GrpcProbe.Mode",
            "description": "How to ask. Default: CHECK."
          },
          "keepAlive": {
            "type": "boolean",
            "description": "Whether a CHECK may use the connection of the run before, so that DNS, connect and TLS are not looked at each time. A WATCH takes a new one. Default: false."
          },
          "ipFamily": {
            "$ref": "#/components/schemas/openk.config.v1.IpFamily",
            "description": "Which of its addresses are tried. Default: all, those of IPv6 first."
          },
          "resolver": {
            "type": "string",
            "description": "The name server that is asked for its name, IP or IP:PORT; then neither the hosts file nor search domains count. Default: those of the system."
          },
          "proxy": {
            "type": "string",
            "description": "An HTTP proxy to go through, http://HOST:PORT: by CONNECT. Credentials in it are never shown. Default: none, whatever the environment says."
          }
        },
        "required": [
          "target"
        ]
      },
      "openk.config.v1.GrpcProbe.Mode": {
        "type": "string",
        "title": "GrpcProbe.Mode",
        "description": "How to ask.\n\n- `MODE_UNSPECIFIED`: Not set: taken as CHECK.\n- `MODE_CHECK`: Health/Check at every interval.\n- `MODE_WATCH`: Health/Watch, opened anew by each run and held open until the next, so that a flip arrives at once; Health/Check where the server has no Watch.",
        "enum": [
          "MODE_UNSPECIFIED",
          "MODE_CHECK",
          "MODE_WATCH"
        ]
      },
      "openk.config.v1.HeartbeatProbe": {
        "type": "object",
        "title": "HeartbeatProbe",
        "description": "Waits for reports (ReportHealth), each within a period after the one before, or each after a time of a calendar: exactly one of period and cron. UNKNOWN until the first; UNHEALTHY once one is late, the first too: period and grace, or the next time of cron and grace, after it was first configured, whatever restarts there were. One that was due while nobody listened is UNKNOWN, with a whole period, or until the next time of cron, and grace to report.",
        "properties": {
          "period": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "Time between two reports.",
            "examples": [
              "1.5s"
            ]
          },
          "grace": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "How much later than it is due a report may come. With cron it is required. Default: 0s.",
            "examples": [
              "1.5s"
            ]
          },
          "cron": {
            "type": "string",
            "description": "When a report is due, again and again: minute hour day month weekday. A report counts until the next such time after it, and grace."
          },
          "timezone": {
            "type": "string",
            "description": "Time zone of cron, for example Europe/Berlin. Default: UTC."
          },
          "pingToken": {
            "type": "string",
            "description": "A secret by which anybody may report this component, and nothing else: as `Authorization: Bearer TOKEN`, or by /ping/TOKEN. At least 16 letters, digits, '-' or '_'."
          },
          "maxRun": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "How long a run may take from its start (`/ping/TOKEN/start`) to its end: then it is UNHEALTHY. Default: grace, or without one no limit.",
            "examples": [
              "1.5s"
            ]
          }
        }
      },
      "openk.config.v1.HttpProbe": {
        "type": "object",
        "title": "HttpProbe",
        "description": "Asks an HTTP server. HEALTHY when the answer is as expected within the timeout.",
        "properties": {
          "url": {
            "type": "string",
            "description": "Where: http or https. Credentials in it are never shown."
          },
          "method": {
            "type": "string",
            "description": "Request method. Default: GET."
          },
          "headers": {
            "type": "object",
            "additionalProperties": {
              "type": "string"
            },
            "description": "Request headers. Their values are never shown."
          },
          "body": {
            "type": "string",
            "description": "Request body. Never shown."
          },
          "expectedStatus": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "Statuses that are as expected: single ones (\"204\") or ranges (\"200-299\"). Default: 200-299."
          },
          "expect": {
            "type": "array",
            "items": {
              "type": "string",
              "minLength": 1
            },
            "description": "CEL expressions over status, headers, body, json, latency_ms, certificate_expires_in and the phases of the run that must all be true, for example json.state == \"up\"."
          },
          "tls": {
            "$ref": "#/components/schemas/openk.config.v1.ClientTls",
            "description": "TLS options for https."
          },
          "followRedirects": {
            "type": "integer",
            "format": "uint32",
            "minimum": 0,
            "maximum": 20,
            "description": "Redirects to follow, at most 20. Default: 0, the redirect itself is the answer."
          },
          "degradedAbove": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "Latency above which an expected answer is DEGRADED.",
            "examples": [
              "1.5s"
            ]
          },
          "keepAlive": {
            "type": "boolean",
            "description": "Whether a run may use the connection of the run before, so that DNS, connect and TLS are not looked at each time. Default: false."
          },
          "maxBody": {
            "type": "integer",
            "format": "uint32",
            "minimum": 1,
            "maximum": 67108864,
            "description": "How much of a body is read, in bytes, after decoding. An expression over a body that was cut has no value. Default: 1048576 (1 MiB)."
          },
          "maxHeaders": {
            "type": "integer",
            "format": "uint32",
            "minimum": 1024,
            "maximum": 1048576,
            "description": "Largest header section of an answer, in bytes. Default: 65536 (64 KiB)."
          },
          "showBody": {
            "type": "boolean",
            "description": "Whether the reason of a failure may show the first bytes of the body. Default: false."
          },
          "healthBody": {
            "$ref": "#/components/schemas/openk.config.v1.HttpProbe.HealthBody",
            "description": "Reads what the body says of health: the worst of the status, the total and the parts of the body counts. Default: not read."
          },
          "ipFamily": {
            "$ref": "#/components/schemas/openk.config.v1.IpFamily",
            "description": "Which of its addresses are tried. Default: all, those of IPv6 first."
          },
          "resolver": {
            "type": "string",
            "description": "The name server that is asked for its name, IP or IP:PORT; then neither the hosts file nor search domains count. Default: those of the system."
          },
          "proxy": {
            "type": "string",
            "description": "An HTTP proxy to go through, http://HOST:PORT: https by CONNECT, http in absolute form. Credentials in it are never shown. Default: none, whatever the environment says."
          },
          "oauth2": {
            "$ref": "#/components/schemas/openk.config.v1.OAuth2",
            "description": "Gets an access token and sends it as `Authorization: Bearer TOKEN`, to the target and not to where it redirects."
          }
        },
        "required": [
          "url"
        ]
      },
      "openk.config.v1.HttpProbe.HealthBody": {
        "type": "string",
        "title": "HttpProbe.HealthBody",
        "description": "How a body is read that says how its service is.\n\n- `HEALTH_BODY_UNSPECIFIED`: Not set: the body says nothing but what `expect` asks of it.\n- `HEALTH_BODY_AUTO`: By whatever shape it has. A body that says nothing of health leaves it to the status.\n- `HEALTH_BODY_SPRING`: {status, components{name: {status}}}, nested, or with parts under details: Spring Boot Actuator and what is like it.\n- `HEALTH_BODY_HEALTH_JSON`: {status, checks{name: [{status}]}}: application/health+json.\n- `HEALTH_BODY_ASPNET`: {status, entries{name: {status}}}, or a word as text: health checks of ASP.NET Core.\n- `HEALTH_BODY_TERMINUS`: {status, info, error, details{name: {status}}}: Terminus and what is like it.\n- `HEALTH_BODY_MICROPROFILE`: {status, checks[{name, status}]}: MicroProfile Health and what is like it.\n- `HEALTH_BODY_RESULTS`: {status, results[{checker, passed}]}\n- `HEALTH_BODY_FAILURES`: {status, failures{name: text}}: only what fails has a name.\n- `HEALTH_BODY_FLAT`: {name: {healthy}}, {name: word}, {name: true} or [{name, healthy}], without a total.\n- `HEALTH_BODY_TEXT`: A word, or lines that each say how a part is, as plain text.\n- `HEALTH_BODY_OPENMETRICS`: Gauges of health, 1 or 0, as metrics.",
        "enum": [
          "HEALTH_BODY_UNSPECIFIED",
          "HEALTH_BODY_AUTO",
          "HEALTH_BODY_SPRING",
          "HEALTH_BODY_HEALTH_JSON",
          "HEALTH_BODY_ASPNET",
          "HEALTH_BODY_TERMINUS",
          "HEALTH_BODY_MICROPROFILE",
          "HEALTH_BODY_RESULTS",
          "HEALTH_BODY_FAILURES",
          "HEALTH_BODY_FLAT",
          "HEALTH_BODY_TEXT",
          "HEALTH_BODY_OPENMETRICS"
        ]
      },
      "openk.config.v1.IcmpProbe": {
        "type": "object",
        "title": "IcmpProbe",
        "description": "Sends one ICMP echo request, a ping. HEALTHY when it is answered; the latency is the round trip. The program ping does it, which has to be there and to be allowed to: docs/probes.md.",
        "properties": {
          "target": {
            "type": "string",
            "description": "A host name or an IP address, without a port."
          },
          "ipFamily": {
            "$ref": "#/components/schemas/openk.config.v1.IpFamily",
            "description": "Which of its addresses are asked: the first of them that this machine has a way to. Default: all, those of IPv6 first."
          },
          "resolver": {
            "type": "string",
            "description": "The name server that is asked for its name, IP or IP:PORT; then neither the hosts file nor search domains count. Default: those of the system."
          }
        },
        "required": [
          "target"
        ]
      },
      "openk.config.v1.IpFamily": {
        "type": "string",
        "title": "IpFamily",
        "description": "Which addresses of a host are tried.\n\n- `IP_FAMILY_UNSPECIFIED`: Not set: all, as RFC 8305 has it: those of IPv6 first, the others soon after.\n- `IP_FAMILY_IPV4`: Those of IPv4 alone.\n- `IP_FAMILY_IPV6`: Those of IPv6 alone.\n- `IP_FAMILY_PREFER_IPV4`: All, those of IPv4 first.",
        "enum": [
          "IP_FAMILY_UNSPECIFIED",
          "IP_FAMILY_IPV4",
          "IP_FAMILY_IPV6",
          "IP_FAMILY_PREFER_IPV4"
        ]
      },
      "openk.config.v1.Link": {
        "type": "object",
        "title": "Link",
        "description": "A page about a component. Shown as it is: it is no place for credentials.",
        "properties": {
          "title": {
            "type": "string",
            "description": "What is there."
          },
          "url": {
            "type": "string",
            "maxLength": 2048,
            "description": "Where: http or https, without user and password."
          }
        },
        "required": [
          "title",
          "url"
        ]
      },
      "openk.config.v1.Maintenance": {
        "type": "object",
        "title": "Maintenance",
        "description": "When a component is out of service on purpose. It is still probed; its status is MAINTENANCE.",
        "properties": {
          "active": {
            "type": "boolean",
            "description": "Out of service until this is taken away."
          },
          "windows": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.config.v1.MaintenanceWindow"
            },
            "description": "Out of service in these windows."
          },
          "reason": {
            "type": "string",
            "maxLength": 1024,
            "description": "Why, for people."
          }
        }
      },
      "openk.config.v1.MaintenanceWindow": {
        "type": "object",
        "title": "MaintenanceWindow",
        "description": "A time out of service: once (start and end) or again and again (cron and duration).",
        "properties": {
          "start": {
            "type": "string",
            "format": "date-time",
            "description": "When it starts, for example 2026-12-24T22:00:00Z.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "end": {
            "type": "string",
            "format": "date-time",
            "description": "When it ends.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "cron": {
            "type": "string",
            "description": "When it starts, again and again: minute hour day month weekday."
          },
          "duration": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "How long it then lasts.",
            "examples": [
              "1.5s"
            ]
          },
          "timezone": {
            "type": "string",
            "description": "Time zone of cron, for example Europe/Berlin. Default: UTC."
          }
        }
      },
      "openk.config.v1.Member": {
        "type": "object",
        "title": "Member",
        "description": "A component in a group.",
        "properties": {
          "component": {
            "type": "string",
            "description": "Its id."
          },
          "impact": {
            "$ref": "#/components/schemas/openk.common.v1.Impact",
            "description": "How much it may pull the group down. Default: CRITICAL."
          },
          "weight": {
            "type": "integer",
            "format": "uint32",
            "minimum": 1,
            "maximum": 1000000,
            "description": "Its weight in the rule `weighted`. Default: 1."
          }
        },
        "required": [
          "component"
        ]
      },
      "openk.config.v1.OAuth2": {
        "type": "object",
        "title": "OAuth2",
        "description": "An access token by client credentials (RFC 6749, section 4.4). It is fetched for all who ask for the same one, kept until shortly before it expires, and fetched anew once where the target answers 401. Whatever keeps it from being there makes the component UNKNOWN: it says nothing about the target.",
        "properties": {
          "tokenUrl": {
            "type": "string",
            "description": "Where tokens are given: http or https."
          },
          "clientId": {
            "type": "string",
            "description": "Name of the client."
          },
          "clientSecret": {
            "type": "string",
            "description": "Its secret. Never shown."
          },
          "scopes": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "maxItems": 64,
            "uniqueItems": true,
            "description": "What the token is for, as scopes."
          },
          "audience": {
            "type": "string",
            "description": "Whom the token is for, where the provider asks for it."
          },
          "clientAuthentication": {
            "$ref": "#/components/schemas/openk.config.v1.OAuth2.ClientAuthentication",
            "description": "How the client names itself. Default: BASIC."
          },
          "tls": {
            "$ref": "#/components/schemas/openk.config.v1.ClientTls",
            "description": "TLS options for an https token_url."
          }
        },
        "required": [
          "tokenUrl",
          "clientId",
          "clientSecret"
        ]
      },
      "openk.config.v1.OAuth2.ClientAuthentication": {
        "type": "string",
        "title": "OAuth2.ClientAuthentication",
        "description": "How the client names itself.\n\n- `CLIENT_AUTHENTICATION_UNSPECIFIED`: Not set: taken as BASIC.\n- `CLIENT_AUTHENTICATION_BASIC`: In the header Authorization.\n- `CLIENT_AUTHENTICATION_POST`: In the body.",
        "enum": [
          "CLIENT_AUTHENTICATION_UNSPECIFIED",
          "CLIENT_AUTHENTICATION_BASIC",
          "CLIENT_AUTHENTICATION_POST"
        ]
      },
      "openk.config.v1.OpenkProbe": {
        "type": "object",
        "title": "OpenkProbe",
        "description": "Follows a component of another OpenK over its stream, opened anew by each run and held open until the next.",
        "properties": {
          "server": {
            "type": "string",
            "description": "URL of the other OpenK."
          },
          "component": {
            "type": "string",
            "description": "The component there. Default: its root group."
          },
          "tls": {
            "$ref": "#/components/schemas/openk.config.v1.ClientTls",
            "description": "TLS options for https."
          },
          "token": {
            "type": "string",
            "description": "An API key or access token of the other OpenK, which must have READ there; sent as `Authorization: Bearer TOKEN`, so make the server https://. Default: none."
          }
        },
        "required": [
          "server"
        ]
      },
      "openk.config.v1.PromqlProbe": {
        "type": "object",
        "title": "PromqlProbe",
        "description": "Asks Prometheus, or what speaks as it does, by an instant query. Each series of the result is a component ID.LABELS, and the worst of them counts. Whatever keeps Prometheus from answering makes it UNKNOWN: it says nothing about what is measured.",
        "properties": {
          "server": {
            "type": "string",
            "description": "URL of the server, with the path in front of /api/v1/query where there is one. Credentials in it are never shown."
          },
          "query": {
            "type": "string",
            "minLength": 1,
            "maxLength": 16384,
            "description": "The query, of an instant vector or a scalar."
          },
          "healthy": {
            "type": "string",
            "minLength": 1,
            "description": "CEL over value and labels: a series is HEALTHY while it is true, for example value < 0.01."
          },
          "degraded": {
            "type": "string",
            "description": "CEL over value and labels: a series that is not HEALTHY is DEGRADED while it is true. Default: it is UNHEALTHY."
          },
          "empty": {
            "$ref": "#/components/schemas/openk.config.v1.PromqlProbe.Empty",
            "description": "What no series, or a value that is not a number, means. Default: UNKNOWN."
          },
          "partLabels": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "maxItems": 16,
            "uniqueItems": true,
            "description": "Labels whose values name a series. Default: all, with their names."
          },
          "maxAge": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "Age of a sample from which a series is UNKNOWN; for a query that is a selector, since what is computed has no age. Default: what the server still gives, mostly 5 minutes.",
            "examples": [
              "1.5s"
            ]
          },
          "headers": {
            "type": "object",
            "additionalProperties": {
              "type": "string"
            },
            "description": "Request headers. Their values are never shown."
          },
          "tls": {
            "$ref": "#/components/schemas/openk.config.v1.ClientTls",
            "description": "TLS options for https."
          },
          "ipFamily": {
            "$ref": "#/components/schemas/openk.config.v1.IpFamily",
            "description": "Which of its addresses are tried. Default: all, those of IPv6 first."
          },
          "resolver": {
            "type": "string",
            "description": "The name server that is asked for its name, IP or IP:PORT; then neither the hosts file nor search domains count. Default: those of the system."
          },
          "proxy": {
            "type": "string",
            "description": "An HTTP proxy to go through, http://HOST:PORT: https by CONNECT, http in absolute form. Credentials in it are never shown. Default: none, whatever the environment says."
          },
          "oauth2": {
            "$ref": "#/components/schemas/openk.config.v1.OAuth2",
            "description": "Gets an access token and sends it as `Authorization: Bearer TOKEN`."
          }
        },
        "required": [
          "server"
        ]
      },
      "openk.config.v1.PromqlProbe.Empty": {
        "type": "string",
        "title": "PromqlProbe.Empty",
        "description": "What a query without a result means.\n\n- `EMPTY_UNSPECIFIED`: Not set: taken as UNKNOWN.\n- `EMPTY_UNKNOWN`: Nothing is known.\n- `EMPTY_HEALTHY`: There is nothing wrong: for queries that find what is.\n- `EMPTY_UNHEALTHY`: Something is missing.",
        "enum": [
          "EMPTY_UNSPECIFIED",
          "EMPTY_UNKNOWN",
          "EMPTY_HEALTHY",
          "EMPTY_UNHEALTHY"
        ]
      },
      "openk.config.v1.QuorumRule": {
        "type": "object",
        "title": "QuorumRule",
        "description": "By how many members are healthy. HEALTHY with enough healthy members, DEGRADED with enough healthy or degraded ones, else UNHEALTHY. A number stays what it is while members are in MAINTENANCE, so that of three with one of them in maintenance `healthy: 2` takes both others; a percentage is of those that are left.",
        "properties": {
          "healthy": {
            "type": "integer",
            "format": "uint32",
            "minimum": 1,
            "maximum": 4294967295,
            "description": "Healthy members that make it HEALTHY."
          },
          "healthyPercent": {
            "type": "integer",
            "format": "uint32",
            "minimum": 1,
            "maximum": 100,
            "description": "The same as a percentage of the members that count and are not in MAINTENANCE."
          },
          "degraded": {
            "type": "integer",
            "format": "uint32",
            "minimum": 1,
            "maximum": 4294967295,
            "description": "Healthy or degraded members that make it DEGRADED. Default: 1."
          },
          "degradedPercent": {
            "type": "integer",
            "format": "uint32",
            "minimum": 1,
            "maximum": 100,
            "description": "The same as a percentage of the counted members."
          }
        }
      },
      "openk.config.v1.Rule": {
        "type": "object",
        "title": "Rule",
        "description": "How the statuses of members become one.",
        "properties": {
          "worst": {
            "$ref": "#/components/schemas/openk.config.v1.WorstRule",
            "description": "As bad as the worst member."
          },
          "best": {
            "$ref": "#/components/schemas/openk.config.v1.BestRule",
            "description": "As good as the best member."
          },
          "quorum": {
            "$ref": "#/components/schemas/openk.config.v1.QuorumRule",
            "description": "By how many members are healthy."
          },
          "weighted": {
            "$ref": "#/components/schemas/openk.config.v1.WeightedRule",
            "description": "By the weighted share of members that are healthy."
          }
        },
        "allOf": [
          {
            "oneOf": [
              {
                "required": [
                  "worst"
                ]
              },
              {
                "required": [
                  "best"
                ]
              },
              {
                "required": [
                  "quorum"
                ]
              },
              {
                "required": [
                  "weighted"
                ]
              },
              {
                "not": {
                  "anyOf": [
                    {
                      "required": [
                        "worst"
                      ]
                    },
                    {
                      "required": [
                        "best"
                      ]
                    },
                    {
                      "required": [
                        "quorum"
                      ]
                    },
                    {
                      "required": [
                        "weighted"
                      ]
                    }
                  ]
                }
              }
            ]
          }
        ]
      },
      "openk.config.v1.Slo": {
        "type": "object",
        "title": "Slo",
        "description": "A service level objective: how much of the time that counts a component is to be good; the rest is its error budget (docs/slo.md).",
        "properties": {
          "objective": {
            "type": "number",
            "format": "double",
            "exclusiveMinimum": 0,
            "exclusiveMaximum": 100,
            "description": "Percent of the time that counts which is to be good, with at most four decimals, such as 99.9."
          },
          "window": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "Over how long a time until now. From 168h to 2160h. Default: 30d.",
            "examples": [
              "1.5s"
            ]
          },
          "good": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.common.v1.HealthStatus"
            },
            "uniqueItems": true,
            "description": "Statuses that are good; what is in neither list, and not UNKNOWN, is bad. Default: HEALTHY, DEGRADED."
          },
          "exclude": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.common.v1.HealthStatus"
            },
            "uniqueItems": true,
            "description": "Statuses whose time does not count. Default: MAINTENANCE."
          },
          "unknown": {
            "$ref": "#/components/schemas/openk.config.v1.Slo.Unknown",
            "description": "How time counts in which nobody knows how it was: UNKNOWN, and what was not watched. Default: EXCLUDE."
          }
        },
        "required": [
          "objective"
        ]
      },
      "openk.config.v1.Slo.Unknown": {
        "type": "string",
        "title": "Slo.Unknown",
        "description": "How time counts in which nobody knows how it was.\n\n- `UNKNOWN_UNSPECIFIED`: Not set.\n- `UNKNOWN_EXCLUDE`: It does not count.\n- `UNKNOWN_BAD`: It is bad. What was before the component was there does not count all the same.",
        "enum": [
          "UNKNOWN_UNSPECIFIED",
          "UNKNOWN_EXCLUDE",
          "UNKNOWN_BAD"
        ]
      },
      "openk.config.v1.StartTls": {
        "type": "string",
        "title": "StartTls",
        "description": "The protocol in which a server is asked to go on in TLS.\n\n- `START_TLS_UNSPECIFIED`: Not set: TLS from the first byte, where there is TLS.\n- `START_TLS_SMTP`: Mail (RFC 3207).\n- `START_TLS_IMAP`: Mailboxes (RFC 9051).\n- `START_TLS_POP3`: Mailboxes (RFC 2595).\n- `START_TLS_POSTGRES`: PostgreSQL.\n- `START_TLS_LDAP`: Directories (RFC 4511).\n- `START_TLS_FTP`: Files (RFC 4217).",
        "enum": [
          "START_TLS_UNSPECIFIED",
          "START_TLS_SMTP",
          "START_TLS_IMAP",
          "START_TLS_POP3",
          "START_TLS_POSTGRES",
          "START_TLS_LDAP",
          "START_TLS_FTP"
        ]
      },
      "openk.config.v1.TcpProbe": {
        "type": "object",
        "title": "TcpProbe",
        "description": "Connects to a TCP port. HEALTHY when it connects, and answers as expected where that is asked.",
        "properties": {
          "target": {
            "type": "string",
            "description": "Where: HOST:PORT. The host is a name, also one with underscores or of another alphabet, an IPv4 address, or an IPv6 address in brackets."
          },
          "send": {
            "type": "string",
            "contentEncoding": "base64",
            "description": "What to send after connecting: text is sent as UTF-8, `\\xNN` in double quotes is the byte NN, and `!!binary` takes base64. Never shown."
          },
          "expect": {
            "type": "string",
            "description": "Regular expression (RE2 syntax) that the first 4 KiB of the answer must match. `^` is the beginning of the answer, `$` the end of a line or of the answer, `\\xNN` the byte NN or the character U+00NN."
          },
          "tls": {
            "$ref": "#/components/schemas/openk.config.v1.ClientTls",
            "description": "TLS options. Left out: cleartext, unless starttls is set."
          },
          "ipFamily": {
            "$ref": "#/components/schemas/openk.config.v1.IpFamily",
            "description": "Which of its addresses are tried. Default: all, those of IPv6 first."
          },
          "resolver": {
            "type": "string",
            "description": "The name server that is asked for its name, IP or IP:PORT; then neither the hosts file nor search domains count. Default: those of the system."
          },
          "proxy": {
            "type": "string",
            "description": "An HTTP proxy to go through, http://HOST:PORT: by CONNECT. Credentials in it are never shown. Default: none, whatever the environment says."
          },
          "starttls": {
            "$ref": "#/components/schemas/openk.config.v1.StartTls",
            "description": "Asks for TLS in this protocol first; send and expect then go through TLS. Default: no."
          }
        },
        "required": [
          "target"
        ]
      },
      "openk.config.v1.TlsProbe": {
        "type": "object",
        "title": "TlsProbe",
        "description": "Looks at a server's certificate: chain, name and expiry.",
        "properties": {
          "target": {
            "type": "string",
            "description": "Where: HOST:PORT. The host is a name, also one with underscores or of another alphabet, an IPv4 address, or an IPv6 address in brackets."
          },
          "serverName": {
            "type": "string",
            "description": "Name to ask for and to verify. Default: the host of the target."
          },
          "degradedBefore": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "Time before expiry from which it is DEGRADED. Default: 336h (14 days), or a third of its lifetime where that is less.",
            "examples": [
              "1.5s"
            ]
          },
          "caFile": {
            "type": "string",
            "description": "PEM file with the authorities to trust. Default: those of the system."
          },
          "degradedBeforeShare": {
            "type": "number",
            "format": "double",
            "exclusiveMinimum": 0,
            "exclusiveMaximum": 1,
            "description": "Share of its lifetime before expiry from which it is DEGRADED, above 0 and below 1: 0.33 is two days of a certificate of six. Default: see degraded_before."
          },
          "starttls": {
            "$ref": "#/components/schemas/openk.config.v1.StartTls",
            "description": "Asks for TLS in this protocol first. Default: TLS from the first byte."
          },
          "ipFamily": {
            "$ref": "#/components/schemas/openk.config.v1.IpFamily",
            "description": "Which of its addresses are tried. Default: all, those of IPv6 first."
          },
          "resolver": {
            "type": "string",
            "description": "The name server that is asked for its name, IP or IP:PORT; then neither the hosts file nor search domains count. Default: those of the system."
          },
          "proxy": {
            "type": "string",
            "description": "An HTTP proxy to go through, http://HOST:PORT: by CONNECT. Credentials in it are never shown. Default: none, whatever the environment says."
          }
        },
        "required": [
          "target"
        ]
      },
      "openk.config.v1.Vantage": {
        "type": "object",
        "title": "Vantage",
        "description": "Places that probe one component. What each of them sees is a component of its own, ID.PLACE; the component itself is a group of these. A place that says nothing for `stale_after` is UNKNOWN, and counts as such (docs/vantage.md).",
        "properties": {
          "from": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "minItems": 1,
            "maxItems": 16,
            "uniqueItems": true,
            "description": "Names of places: of agents (`openk agent --place NAME`), or of OpenK's own instances (`instance.place`)."
          },
          "rule": {
            "$ref": "#/components/schemas/openk.config.v1.Rule",
            "description": "How its status follows from what they see. Default: what most of them see, HEALTHY where more than half do, UNHEALTHY where more than half see that."
          }
        }
      },
      "openk.config.v1.WebsocketProbe": {
        "type": "object",
        "title": "WebsocketProbe",
        "description": "Opens a WebSocket (RFC 6455). HEALTHY when it opens, and a message comes as expected where that is asked.",
        "properties": {
          "url": {
            "type": "string",
            "description": "Where: ws or wss. Credentials in it are never shown."
          },
          "send": {
            "type": "string",
            "description": "A text message to send. Never shown."
          },
          "expect": {
            "type": "string",
            "description": "Regular expression (RE2 syntax) that a text message must match. Others that come before are passed over. Default: with send any message will do."
          },
          "headers": {
            "type": "object",
            "additionalProperties": {
              "type": "string"
            },
            "description": "Request headers. Their values are never shown."
          },
          "subprotocols": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "maxItems": 16,
            "uniqueItems": true,
            "description": "Subprotocols to offer, of which the server must choose one."
          },
          "maxMessage": {
            "type": "integer",
            "format": "uint32",
            "minimum": 125,
            "maximum": 16777216,
            "description": "Longest message that is taken, in bytes. Default: 65536 (64 KiB)."
          },
          "tls": {
            "$ref": "#/components/schemas/openk.config.v1.ClientTls",
            "description": "TLS options for wss."
          },
          "ipFamily": {
            "$ref": "#/components/schemas/openk.config.v1.IpFamily",
            "description": "Which of its addresses are tried. Default: all, those of IPv6 first."
          },
          "resolver": {
            "type": "string",
            "description": "The name server that is asked for its name, IP or IP:PORT; then neither the hosts file nor search domains count. Default: those of the system."
          },
          "proxy": {
            "type": "string",
            "description": "An HTTP proxy to go through, http://HOST:PORT: by CONNECT. Credentials in it are never shown. Default: none, whatever the environment says."
          }
        },
        "required": [
          "url"
        ]
      },
      "openk.config.v1.WeightedRule": {
        "type": "object",
        "title": "WeightedRule",
        "description": "By score: the sum of each counted member's weight times 1 (HEALTHY), 0.5 (DEGRADED) or 0 (UNHEALTHY), over the sum of the weights.",
        "properties": {
          "healthyAt": {
            "type": "number",
            "format": "double",
            "exclusiveMinimum": 0,
            "maximum": 1,
            "description": "Score from which it is HEALTHY."
          },
          "degradedAt": {
            "type": "number",
            "format": "double",
            "exclusiveMinimum": 0,
            "maximum": 1,
            "description": "Score from which it is DEGRADED."
          }
        },
        "required": [
          "healthyAt",
          "degradedAt"
        ]
      },
      "openk.config.v1.WorstRule": {
        "type": "object",
        "title": "WorstRule",
        "description": "As bad as the worst member.",
        "properties": {}
      },
      "openk.health.v1.AvailabilityBucket": {
        "type": "object",
        "title": "AvailabilityBucket",
        "description": "What a component was in a span of time.",
        "properties": {
          "from": {
            "type": "string",
            "format": "date-time",
            "description": "Its beginning.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "to": {
            "type": "string",
            "format": "date-time",
            "description": "Its end; of the last one the `to` of the answer.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "time": {
            "$ref": "#/components/schemas/openk.health.v1.TimeByStatus",
            "description": "How long it was in which status."
          },
          "uptimeRatio": {
            "type": "number",
            "format": "double",
            "description": "(healthy + degraded) / (healthy + degraded + unhealthy), and what else is asked to count. Not set where nothing counts."
          },
          "observations": {
            "type": "string",
            "format": "uint64",
            "pattern": "^[0-9]{1,20}$",
            "description": "Probe runs that ended, and reports. 0 for groups."
          },
          "latency": {
            "$ref": "#/components/schemas/openk.health.v1.LatencyPercentiles",
            "description": "Of these observations. Not set where none was timed."
          }
        }
      },
      "openk.health.v1.BurnRate": {
        "type": "object",
        "title": "BurnRate",
        "description": "How fast an error budget burns.",
        "properties": {
          "window": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "Over this time until then.",
            "examples": [
              "1.5s"
            ]
          },
          "rate": {
            "type": "number",
            "format": "double",
            "description": "How many times as fast as it bears: at 1 all of it is gone within the window of the objective."
          }
        }
      },
      "openk.health.v1.CausePath": {
        "type": "object",
        "title": "CausePath",
        "description": "A way from a component to one root of its trouble.",
        "properties": {
          "steps": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.health.v1.CauseStep"
            },
            "description": "From the component asked for to the root cause."
          }
        }
      },
      "openk.health.v1.CauseStep": {
        "type": "object",
        "title": "CauseStep",
        "description": "A component on the way to a root cause.",
        "properties": {
          "component": {
            "type": "string",
            "description": "Id of the component."
          },
          "relation": {
            "$ref": "#/components/schemas/openk.health.v1.CauseStep.Relation",
            "description": "Why it follows the one before."
          },
          "status": {
            "$ref": "#/components/schemas/openk.common.v1.HealthStatus",
            "description": "Its status."
          },
          "reason": {
            "$ref": "#/components/schemas/openk.health.v1.Reason",
            "description": "Why it has this status."
          },
          "suppressed": {
            "type": "boolean",
            "description": "Whether alerts about it are suppressed because something that it depends on is UNHEALTHY too."
          }
        }
      },
      "openk.health.v1.CauseStep.Relation": {
        "type": "string",
        "title": "CauseStep.Relation",
        "description": "Why this step follows the one before.\n\n- `RELATION_UNSPECIFIED`: The component asked for.\n- `RELATION_MEMBER`: It is a member of the one before.\n- `RELATION_DEPENDENCY`: The one before depends on it.",
        "enum": [
          "RELATION_UNSPECIFIED",
          "RELATION_MEMBER",
          "RELATION_DEPENDENCY"
        ]
      },
      "openk.health.v1.ComponentAvailability": {
        "type": "object",
        "title": "ComponentAvailability",
        "description": "Availability of one component.",
        "properties": {
          "component": {
            "type": "string",
            "description": "Its id."
          },
          "total": {
            "$ref": "#/components/schemas/openk.health.v1.AvailabilityBucket",
            "description": "Of the whole time."
          },
          "buckets": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.health.v1.AvailabilityBucket"
            },
            "description": "By `step`, the oldest first. Empty where no step was asked for."
          },
          "slo": {
            "$ref": "#/components/schemas/openk.health.v1.ServiceLevel",
            "description": "How it stands by its objective at the `to` of the answer. Not set: it has none (`slo` of its definition), its history is not read yet, or it is a member and `to` is in the past."
          }
        }
      },
      "openk.health.v1.ComponentHealth": {
        "type": "object",
        "title": "ComponentHealth",
        "description": "The health of a component at one moment.",
        "properties": {
          "component": {
            "type": "string",
            "description": "Id of the component."
          },
          "status": {
            "$ref": "#/components/schemas/openk.common.v1.HealthStatus",
            "description": "Its status."
          },
          "since": {
            "type": "string",
            "format": "date-time",
            "description": "Since when it has this status.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "checkedAt": {
            "type": "string",
            "format": "date-time",
            "description": "When it was last observed (a probe run ended, or a report came). Not set for groups and before the first observation.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "reason": {
            "$ref": "#/components/schemas/openk.health.v1.Reason",
            "description": "Why it has this status."
          },
          "latency": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "How long the last probe run took. Not set for groups, and for heartbeats that reported no duration.",
            "examples": [
              "1.5s"
            ]
          },
          "pending": {
            "$ref": "#/components/schemas/openk.health.v1.PendingChange",
            "description": "A change that its thresholds hold back. Not set when there is none."
          },
          "memberCounts": {
            "$ref": "#/components/schemas/openk.health.v1.MemberCounts",
            "description": "For groups: how many members have which status."
          },
          "causedBy": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "While it is UNHEALTHY: the components that it depends on and that are UNHEALTHY too."
          },
          "revision": {
            "type": "string",
            "format": "uint64",
            "pattern": "^[0-9]{1,20}$",
            "description": "Number of its latest change. One counter for all components; grows with every change and over restarts."
          },
          "maintenance": {
            "$ref": "#/components/schemas/openk.health.v1.MaintenanceState",
            "description": "Set while it is in maintenance by itself, and not by that of all its members."
          },
          "run": {
            "$ref": "#/components/schemas/openk.health.v1.RunUnderWay",
            "description": "Of a heartbeat whose job has said that a run began, and not that it ended: that run."
          }
        }
      },
      "openk.health.v1.ComponentSummary": {
        "type": "object",
        "title": "ComponentSummary",
        "description": "What a component is, in short, and its health.",
        "properties": {
          "id": {
            "type": "string",
            "description": "Its id."
          },
          "labels": {
            "type": "object",
            "additionalProperties": {
              "type": "string"
            },
            "description": "Its labels."
          },
          "kind": {
            "type": "string",
            "description": "What it is, by its key in the configuration, such as http, heartbeat or group; or part, of the component that is its parent."
          },
          "health": {
            "$ref": "#/components/schemas/openk.health.v1.ComponentHealth",
            "description": "Its health. Not set in WatchHealth, which has it beside."
          },
          "displayName": {
            "type": "string",
            "description": "Its name for people. Empty: its id."
          },
          "parents": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "Groups that it is a direct member of; of a part, the component that names it."
          }
        }
      },
      "openk.health.v1.Counting": {
        "type": "string",
        "title": "Counting",
        "description": "How a time counts in a ratio of uptime.\n\n- `COUNTING_UNSPECIFIED`: Not set: taken as EXCLUDED.\n- `COUNTING_EXCLUDED`: It does not count.\n- `COUNTING_UPTIME`: It counts as uptime.\n- `COUNTING_DOWNTIME`: It counts as downtime.",
        "enum": [
          "COUNTING_UNSPECIFIED",
          "COUNTING_EXCLUDED",
          "COUNTING_UPTIME",
          "COUNTING_DOWNTIME"
        ]
      },
      "openk.health.v1.ExplainHealthResponse": {
        "type": "object",
        "title": "ExplainHealthResponse",
        "description": "Why a component has its status.",
        "properties": {
          "health": {
            "$ref": "#/components/schemas/openk.health.v1.ComponentHealth",
            "description": "Its health."
          },
          "rule": {
            "$ref": "#/components/schemas/openk.health.v1.RuleExplanation",
            "description": "For groups: the rule, and how it decided."
          },
          "causes": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.health.v1.CausePath"
            },
            "description": "Paths to each root cause, each once, members before dependencies and those of the worst status first; at most 100. They lead over members that count and over dependencies that are UNHEALTHY too. Empty when it is HEALTHY or in MAINTENANCE: what is in maintenance is no cause."
          },
          "truncated": {
            "type": "boolean",
            "description": "Whether there are more paths than `causes` has."
          }
        }
      },
      "openk.health.v1.GetAvailabilityResponse": {
        "type": "object",
        "title": "GetAvailabilityResponse",
        "description": "Availability, of the time that was really looked at.",
        "properties": {
          "from": {
            "type": "string",
            "format": "date-time",
            "description": "Beginning: the one that was asked for, moved back to where what is kept of that age begins, or to a multiple of `step`.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "to": {
            "type": "string",
            "format": "date-time",
            "description": "End: the one that was asked for, moved on to where what is kept of that age ends, or to a multiple of `step`. What is now has no end yet: then it is the time up to which everything is accounted for, at most a few seconds ago.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "resolution": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "How fine the record of that age is: 5 minutes, an hour or a day.",
            "examples": [
              "1.5s"
            ]
          },
          "availability": {
            "$ref": "#/components/schemas/openk.health.v1.ComponentAvailability",
            "description": "Of the component that was asked for."
          },
          "members": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.health.v1.ComponentAvailability"
            },
            "description": "With include_members: of everything below it, in order of their ids."
          }
        }
      },
      "openk.health.v1.GetComponentResponse": {
        "type": "object",
        "title": "GetComponentResponse",
        "description": "What a component is, and its health.",
        "properties": {
          "definition": {
            "$ref": "#/components/schemas/openk.config.v1.Component",
            "description": "As configured, with the defaults filled in, and every secret redacted or left out (`hidden`)."
          },
          "health": {
            "$ref": "#/components/schemas/openk.health.v1.ComponentHealth",
            "description": "Its health."
          },
          "parents": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "Groups that it is a direct member of."
          },
          "phases": {
            "$ref": "#/components/schemas/openk.health.v1.ProbePhases",
            "description": "Where the time of the last probe run went, also of one that failed. Not set where a kind has no phases, or none was over."
          },
          "nextMaintenance": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.health.v1.MaintenancePeriod"
            },
            "description": "Its next maintenance, at most five: the one that goes on included, in order. Of a group also that of all members that count."
          },
          "nextDue": {
            "type": "array",
            "items": {
              "type": "string",
              "format": "date-time",
              "description": "RFC 3339, in UTC.",
              "examples": [
                "2026-11-23T09:30:00Z"
              ]
            },
            "description": "The next times at which a report is due by the cron expression of a heartbeat, at most five, in order."
          },
          "hidden": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "What is configured and not in the definition, as fields by path: secrets that no text can stand for, such as `tcp.send`, which is bytes."
          }
        }
      },
      "openk.health.v1.GetHealthResponse": {
        "type": "object",
        "title": "GetHealthResponse",
        "description": "The health of one component.",
        "properties": {
          "health": {
            "$ref": "#/components/schemas/openk.health.v1.ComponentHealth",
            "description": "Its health."
          }
        }
      },
      "openk.health.v1.HealthChange": {
        "type": "object",
        "title": "HealthChange",
        "description": "What changed since the message before.",
        "properties": {
          "revision": {
            "type": "string",
            "format": "uint64",
            "pattern": "^[0-9]{1,20}$",
            "description": "The state now includes every change up to this one."
          },
          "components": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.health.v1.ComponentHealth"
            },
            "description": "The latest health of every watched component that changed."
          },
          "removed": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "Ids of watched components that the configuration no longer has, or that the filters no longer take."
          },
          "summaries": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.health.v1.ComponentSummary"
            },
            "description": "With `summaries`: what those of `components` are that are new, or may be something else than in the message before."
          },
          "structure": {
            "type": "string",
            "description": "With `summaries`, and without filters: where that may have changed, what names now what all components are. Empty: as before."
          }
        }
      },
      "openk.health.v1.HealthSnapshot": {
        "type": "object",
        "title": "HealthSnapshot",
        "description": "The state of everything watched.",
        "properties": {
          "revision": {
            "type": "string",
            "format": "uint64",
            "pattern": "^[0-9]{1,20}$",
            "description": "The state includes every change up to this one."
          },
          "components": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.health.v1.ComponentHealth"
            },
            "description": "The health of every watched component."
          },
          "summaries": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.health.v1.ComponentSummary"
            },
            "description": "With `summaries`: what each of them is, in the same order."
          },
          "structure": {
            "type": "string",
            "description": "With `summaries`, and without filters: names what all components are. The same as long as all summaries are."
          }
        }
      },
      "openk.health.v1.KeepAlive": {
        "type": "object",
        "title": "KeepAlive",
        "description": "Nothing changed.",
        "properties": {
          "revision": {
            "type": "string",
            "format": "uint64",
            "pattern": "^[0-9]{1,20}$",
            "description": "The state still includes every change up to this one."
          }
        }
      },
      "openk.health.v1.LatencyPercentiles": {
        "type": "object",
        "title": "LatencyPercentiles",
        "description": "Latencies that this share of all did not exceed; each within 2 % of the true one.",
        "properties": {
          "p50": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "Half of all.",
            "examples": [
              "1.5s"
            ]
          },
          "p95": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "95 % of all.",
            "examples": [
              "1.5s"
            ]
          },
          "p99": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "99 % of all.",
            "examples": [
              "1.5s"
            ]
          }
        }
      },
      "openk.health.v1.ListComponentsResponse": {
        "type": "object",
        "title": "ListComponentsResponse",
        "description": "A page of components.",
        "properties": {
          "components": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.health.v1.ComponentSummary"
            },
            "description": "In order of their ids."
          },
          "nextPageToken": {
            "type": "string",
            "description": "Token of the next page. Empty: this is the last."
          },
          "revision": {
            "type": "string",
            "format": "uint64",
            "pattern": "^[0-9]{1,20}$",
            "description": "Revision that the list holds every change up to, on all pages that of the first: WatchHealth with it as since_revision goes on from the list without a gap. Changes that a later page showed already come once more, with the revision that they had there."
          }
        }
      },
      "openk.health.v1.ListTransitionsResponse": {
        "type": "object",
        "title": "ListTransitionsResponse",
        "description": "A page of changes of status.",
        "properties": {
          "transitions": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.health.v1.Transition"
            },
            "description": "The newest first, which is in order of their revisions."
          },
          "nextPageToken": {
            "type": "string",
            "description": "Token of the next page. Empty: this is the last."
          },
          "revision": {
            "type": "string",
            "format": "uint64",
            "pattern": "^[0-9]{1,20}$",
            "description": "Revision up to which the list has every change and after which it has none, on all pages that of the first: WatchHealth with it as since_revision goes on from the list without a gap or a double."
          }
        }
      },
      "openk.health.v1.MaintenancePeriod": {
        "type": "object",
        "title": "MaintenancePeriod",
        "description": "From when to when a component is out of service.",
        "properties": {
          "start": {
            "type": "string",
            "format": "date-time",
            "description": "When it starts. Not set: it has, nobody knows when.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "end": {
            "type": "string",
            "format": "date-time",
            "description": "When it ends. Not set: when it is taken out of the configuration.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          }
        }
      },
      "openk.health.v1.MaintenanceState": {
        "type": "object",
        "title": "MaintenanceState",
        "description": "A maintenance that is going on.",
        "properties": {
          "reason": {
            "type": "string",
            "description": "Why, as configured."
          },
          "until": {
            "type": "string",
            "format": "date-time",
            "description": "When it ends. Not set: when it is taken out of the configuration.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          }
        }
      },
      "openk.health.v1.MemberContribution": {
        "type": "object",
        "title": "MemberContribution",
        "description": "What a member contributed to its group.",
        "properties": {
          "component": {
            "type": "string",
            "description": "Id of the member."
          },
          "status": {
            "$ref": "#/components/schemas/openk.common.v1.HealthStatus",
            "description": "Its status."
          },
          "contributes": {
            "$ref": "#/components/schemas/openk.common.v1.HealthStatus",
            "description": "Its status after impact; not set when it does not count."
          },
          "impact": {
            "$ref": "#/components/schemas/openk.common.v1.Impact",
            "description": "Its impact."
          },
          "weight": {
            "type": "integer",
            "format": "uint32",
            "minimum": 0,
            "maximum": 4294967295,
            "description": "Its weight."
          }
        }
      },
      "openk.health.v1.MemberCounts": {
        "type": "object",
        "title": "MemberCounts",
        "description": "How many members of a group have which status, whatever their impact.",
        "properties": {
          "total": {
            "type": "integer",
            "format": "uint32",
            "minimum": 0,
            "maximum": 4294967295,
            "description": "All members."
          },
          "healthy": {
            "type": "integer",
            "format": "uint32",
            "minimum": 0,
            "maximum": 4294967295,
            "description": "HEALTHY members."
          },
          "degraded": {
            "type": "integer",
            "format": "uint32",
            "minimum": 0,
            "maximum": 4294967295,
            "description": "DEGRADED members."
          },
          "unhealthy": {
            "type": "integer",
            "format": "uint32",
            "minimum": 0,
            "maximum": 4294967295,
            "description": "UNHEALTHY members."
          },
          "unknown": {
            "type": "integer",
            "format": "uint32",
            "minimum": 0,
            "maximum": 4294967295,
            "description": "UNKNOWN members."
          },
          "maintenance": {
            "type": "integer",
            "format": "uint32",
            "minimum": 0,
            "maximum": 4294967295,
            "description": "Members in MAINTENANCE."
          },
          "ignored": {
            "type": "integer",
            "format": "uint32",
            "minimum": 0,
            "maximum": 4294967295,
            "description": "Members of impact IGNORED; they are in the other numbers too."
          }
        }
      },
      "openk.health.v1.PendingChange": {
        "type": "object",
        "title": "PendingChange",
        "description": "A change of status that its threshold still holds back.",
        "properties": {
          "status": {
            "$ref": "#/components/schemas/openk.common.v1.HealthStatus",
            "description": "The status that it would get."
          },
          "count": {
            "type": "integer",
            "format": "uint32",
            "minimum": 0,
            "maximum": 4294967295,
            "description": "Observations in a row that speak for it."
          },
          "threshold": {
            "type": "integer",
            "format": "uint32",
            "minimum": 0,
            "maximum": 4294967295,
            "description": "Observations in a row that it takes."
          },
          "reason": {
            "$ref": "#/components/schemas/openk.health.v1.Reason",
            "description": "What the latest of these observations said."
          }
        }
      },
      "openk.health.v1.ProbePhases": {
        "type": "object",
        "title": "ProbePhases",
        "description": "Where the time of a probe run went. A part that there was none of is not set, nor one that a run that failed did not end: without `connect` it did not get as far as a connection.",
        "properties": {
          "dns": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "Looking the name up.",
            "examples": [
              "1.5s"
            ]
          },
          "connect": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "Connecting.",
            "examples": [
              "1.5s"
            ]
          },
          "tls": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "The TLS handshake.",
            "examples": [
              "1.5s"
            ]
          },
          "firstByte": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "From the request to the first byte of the answer.",
            "examples": [
              "1.5s"
            ]
          },
          "body": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "From the first byte to the last.",
            "examples": [
              "1.5s"
            ]
          }
        }
      },
      "openk.health.v1.Reason": {
        "type": "object",
        "title": "Reason",
        "description": "Why a status is what it is.",
        "properties": {
          "code": {
            "type": "string",
            "description": "For programs: UPPER_SNAKE_CASE, for example TIMEOUT."
          },
          "message": {
            "type": "string",
            "description": "For people. Holds no secret."
          }
        }
      },
      "openk.health.v1.ReportHealthResponse": {
        "type": "object",
        "title": "ReportHealthResponse",
        "description": "What the report made of it.",
        "properties": {
          "health": {
            "$ref": "#/components/schemas/openk.health.v1.ComponentHealth",
            "description": "Health of the component after the report."
          }
        }
      },
      "openk.health.v1.RuleExplanation": {
        "type": "object",
        "title": "RuleExplanation",
        "description": "How a group's rule decided.",
        "properties": {
          "rule": {
            "type": "string",
            "description": "The rule, for people: for example \"quorum: healthy >= 2, degraded >= 1\"."
          },
          "ifUnknownHealthy": {
            "$ref": "#/components/schemas/openk.common.v1.HealthStatus",
            "description": "Status with every unknown member taken as HEALTHY. The group is known when both are the same."
          },
          "ifUnknownUnhealthy": {
            "$ref": "#/components/schemas/openk.common.v1.HealthStatus",
            "description": "Status with every unknown member taken as UNHEALTHY."
          },
          "members": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.health.v1.MemberContribution"
            },
            "description": "What each member that counts contributed. Those of the worst status first, whatever they contribute: UNHEALTHY, UNKNOWN, DEGRADED, HEALTHY. At most 1000."
          },
          "notCounted": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.health.v1.MemberContribution"
            },
            "description": "Members that do not count: those of impact IGNORED, and those in MAINTENANCE. In the same order, MAINTENANCE before HEALTHY; at most 1000."
          }
        }
      },
      "openk.health.v1.RunUnderWay": {
        "type": "object",
        "title": "RunUnderWay",
        "description": "A run of a job that has begun and not ended.",
        "properties": {
          "id": {
            "type": "string",
            "description": "As its start named it (`rid`). Empty: it has no name."
          },
          "start": {
            "type": "string",
            "format": "date-time",
            "description": "When it said that it began.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          }
        }
      },
      "openk.health.v1.ServiceLevel": {
        "type": "object",
        "title": "ServiceLevel",
        "description": "How a component stands by its service level objective. Times are of the objective's window, whichever time was asked for; good, bad, excluded and unknown are as long as the window together, less what was before the component was there.",
        "properties": {
          "objective": {
            "type": "number",
            "format": "double",
            "description": "Percent of the time that counts which is to be good."
          },
          "window": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "Over this time.",
            "examples": [
              "1.5s"
            ]
          },
          "good": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "Time that counts as good.",
            "examples": [
              "1.5s"
            ]
          },
          "bad": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "Time that counts as bad.",
            "examples": [
              "1.5s"
            ]
          },
          "excluded": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "Time that does not count since the objective says so.",
            "examples": [
              "1.5s"
            ]
          },
          "unknown": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "Time that does not count since nobody knows: UNKNOWN, or not watched. What the objective counts as bad of it is in `bad`.",
            "examples": [
              "1.5s"
            ]
          },
          "budget": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "How much of the window may be bad: its share of the window, less what does not count.",
            "examples": [
              "1.5s"
            ]
          },
          "spent": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "How much of the budget is spent; it may be more than there is.",
            "examples": [
              "1.5s"
            ]
          },
          "budgetLeftRatio": {
            "type": "number",
            "format": "double",
            "description": "Share of the budget that is left: 1 is all of it, below 0 is more spent than there was. Not set where no time counts."
          },
          "burnRates": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.health.v1.BurnRate"
            },
            "description": "How fast the budget burns, over 5 min, 30 min, 1 h, 6 h and 3 days. Without those in which it is looked at too seldom to say."
          }
        }
      },
      "openk.health.v1.TimeByStatus": {
        "type": "object",
        "title": "TimeByStatus",
        "description": "How long a component was in which status. The five are as long as the bucket together; what is 0 is not set.",
        "properties": {
          "healthy": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "HEALTHY.",
            "examples": [
              "1.5s"
            ]
          },
          "degraded": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "DEGRADED.",
            "examples": [
              "1.5s"
            ]
          },
          "unhealthy": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "UNHEALTHY.",
            "examples": [
              "1.5s"
            ]
          },
          "unknown": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "UNKNOWN, and the time in which OpenK did not run, the component was not there, or nothing is kept of.",
            "examples": [
              "1.5s"
            ]
          },
          "maintenance": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "MAINTENANCE.",
            "examples": [
              "1.5s"
            ]
          }
        }
      },
      "openk.health.v1.Transition": {
        "type": "object",
        "title": "Transition",
        "description": "A change of status.",
        "properties": {
          "revision": {
            "type": "string",
            "format": "uint64",
            "pattern": "^[0-9]{1,20}$",
            "description": "Its number among all changes."
          },
          "component": {
            "type": "string",
            "description": "Id of the component."
          },
          "time": {
            "type": "string",
            "format": "date-time",
            "description": "When it happened.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "from": {
            "$ref": "#/components/schemas/openk.common.v1.HealthStatus",
            "description": "The status before."
          },
          "to": {
            "$ref": "#/components/schemas/openk.common.v1.HealthStatus",
            "description": "The status from then on."
          },
          "reason": {
            "$ref": "#/components/schemas/openk.health.v1.Reason",
            "description": "Why."
          },
          "causedBy": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "The components that it depends on and that were UNHEALTHY too."
          }
        }
      },
      "openk.health.v1.WatchHealthResponse": {
        "type": "object",
        "title": "WatchHealthResponse",
        "description": "A message of the stream: exactly one of the three.",
        "properties": {
          "snapshot": {
            "$ref": "#/components/schemas/openk.health.v1.HealthSnapshot",
            "description": "The state of everything watched. What is not in it does not exist (any more)."
          },
          "change": {
            "$ref": "#/components/schemas/openk.health.v1.HealthChange",
            "description": "What changed since the message before."
          },
          "keepAlive": {
            "$ref": "#/components/schemas/openk.health.v1.KeepAlive",
            "description": "Nothing more to say yet; the stream is alive. After `keep_alive` (15 s) without another message, and first where nothing changed after since_revision."
          }
        },
        "allOf": [
          {
            "oneOf": [
              {
                "required": [
                  "snapshot"
                ]
              },
              {
                "required": [
                  "change"
                ]
              },
              {
                "required": [
                  "keepAlive"
                ]
              },
              {
                "not": {
                  "anyOf": [
                    {
                      "required": [
                        "snapshot"
                      ]
                    },
                    {
                      "required": [
                        "change"
                      ]
                    },
                    {
                      "required": [
                        "keepAlive"
                      ]
                    }
                  ]
                }
              }
            ]
          }
        ]
      },
      "openk.maintenance.v1.CreateMaintenanceResponse": {
        "type": "object",
        "title": "CreateMaintenanceResponse",
        "description": "What was begun or planned.",
        "properties": {
          "maintenance": {
            "$ref": "#/components/schemas/openk.maintenance.v1.Suspension",
            "description": "As it is now."
          }
        }
      },
      "openk.maintenance.v1.CreateSilenceResponse": {
        "type": "object",
        "title": "CreateSilenceResponse",
        "description": "The silence that was made.",
        "properties": {
          "silence": {
            "$ref": "#/components/schemas/openk.maintenance.v1.Suspension",
            "description": "As it is now."
          }
        }
      },
      "openk.maintenance.v1.EndMaintenanceResponse": {
        "type": "object",
        "title": "EndMaintenanceResponse",
        "description": "What was ended.",
        "properties": {
          "maintenance": {
            "$ref": "#/components/schemas/openk.maintenance.v1.Suspension",
            "description": "As it is now."
          }
        }
      },
      "openk.maintenance.v1.EndSilenceResponse": {
        "type": "object",
        "title": "EndSilenceResponse",
        "description": "The silence that was ended.",
        "properties": {
          "silence": {
            "$ref": "#/components/schemas/openk.maintenance.v1.Suspension",
            "description": "As it is now."
          }
        }
      },
      "openk.maintenance.v1.ListMaintenanceResponse": {
        "type": "object",
        "title": "ListMaintenanceResponse",
        "description": "A page of maintenance.",
        "properties": {
          "maintenance": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.maintenance.v1.Suspension"
            },
            "description": "The newest first."
          },
          "nextPageToken": {
            "type": "string",
            "description": "Token of the next page. Empty: this is the last."
          }
        }
      },
      "openk.maintenance.v1.ListSilencesResponse": {
        "type": "object",
        "title": "ListSilencesResponse",
        "description": "A page of silences.",
        "properties": {
          "silences": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.maintenance.v1.Suspension"
            },
            "description": "The newest first."
          },
          "nextPageToken": {
            "type": "string",
            "description": "Token of the next page. Empty: this is the last."
          }
        }
      },
      "openk.maintenance.v1.Suspension": {
        "type": "object",
        "title": "Suspension",
        "description": "Components out of service for a time, or that no alerts are opened for.",
        "properties": {
          "id": {
            "type": "string",
            "description": "Names it."
          },
          "selector": {
            "type": "string",
            "description": "What it is about: a selector such as `team=payments`, `team=payments,tier!=test` or `id=shop-*`."
          },
          "start": {
            "type": "string",
            "format": "date-time",
            "description": "When it begins.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "end": {
            "type": "string",
            "format": "date-time",
            "description": "When it ends or ended.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "author": {
            "type": "string",
            "description": "Name of the principal that made it. Empty for callers who have neither of the scopes EXPLAIN and OPERATE."
          },
          "reason": {
            "type": "string",
            "description": "Why, for people."
          },
          "created": {
            "type": "string",
            "format": "date-time",
            "description": "When it was made.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "endedBy": {
            "type": "string",
            "description": "Name of the principal that ended it before its end. Empty: nobody did, or the caller has neither of these scopes."
          }
        }
      },
      "openk.status.v1.CreateIncidentResponse": {
        "type": "object",
        "title": "CreateIncidentResponse",
        "description": "The incident that was opened.",
        "properties": {
          "incident": {
            "$ref": "#/components/schemas/openk.status.v1.Incident",
            "description": "As it is now."
          }
        }
      },
      "openk.status.v1.GetStatusPageResponse": {
        "type": "object",
        "title": "GetStatusPageResponse",
        "description": "A page.",
        "properties": {
          "page": {
            "$ref": "#/components/schemas/openk.status.v1.StatusPage",
            "description": "The page."
          }
        }
      },
      "openk.status.v1.Incident": {
        "type": "object",
        "title": "Incident",
        "description": "An incident as operators have it.",
        "properties": {
          "id": {
            "type": "string",
            "description": "Names it."
          },
          "title": {
            "type": "string",
            "description": "What it is about, for readers."
          },
          "status": {
            "$ref": "#/components/schemas/openk.status.v1.IncidentStatus",
            "description": "How far it is."
          },
          "impact": {
            "$ref": "#/components/schemas/openk.status.v1.IncidentImpact",
            "description": "How bad it is."
          },
          "pages": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "Ids of the pages that it is on."
          },
          "components": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "Ids of the components that it affects."
          },
          "started": {
            "type": "string",
            "format": "date-time",
            "description": "When it was opened.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "updated": {
            "type": "string",
            "format": "date-time",
            "description": "When readers saw the last change of it.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "resolved": {
            "type": "string",
            "format": "date-time",
            "description": "When it was resolved. Not set while it is open.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "updates": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.status.v1.IncidentUpdate"
            },
            "description": "What was said to readers, the newest first."
          },
          "notes": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.status.v1.IncidentNote"
            },
            "description": "What operators noted for each other, the newest first. On no page."
          }
        }
      },
      "openk.status.v1.IncidentImpact": {
        "type": "string",
        "title": "IncidentImpact",
        "description": "How bad an incident is.\n\n- `INCIDENT_IMPACT_UNSPECIFIED`: Not set: taken as MINOR.\n- `INCIDENT_IMPACT_NONE`: Users notice nothing.\n- `INCIDENT_IMPACT_MINOR`: Some users notice it.\n- `INCIDENT_IMPACT_MAJOR`: Many users notice it.\n- `INCIDENT_IMPACT_CRITICAL`: Nothing works.",
        "enum": [
          "INCIDENT_IMPACT_UNSPECIFIED",
          "INCIDENT_IMPACT_NONE",
          "INCIDENT_IMPACT_MINOR",
          "INCIDENT_IMPACT_MAJOR",
          "INCIDENT_IMPACT_CRITICAL"
        ]
      },
      "openk.status.v1.IncidentNote": {
        "type": "object",
        "title": "IncidentNote",
        "description": "Something that operators noted for each other.",
        "properties": {
          "time": {
            "type": "string",
            "format": "date-time",
            "description": "When.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "author": {
            "type": "string",
            "description": "Name of the principal."
          },
          "text": {
            "type": "string",
            "description": "Text, not markup."
          }
        }
      },
      "openk.status.v1.IncidentStatus": {
        "type": "string",
        "title": "IncidentStatus",
        "description": "How far an incident is.\n\n- `INCIDENT_STATUS_UNSPECIFIED`: Not set.\n- `INCIDENT_STATUS_INVESTIGATING`: It is looked for what is wrong.\n- `INCIDENT_STATUS_IDENTIFIED`: It is known what is wrong.\n- `INCIDENT_STATUS_MONITORING`: It is repaired, and watched.\n- `INCIDENT_STATUS_RESOLVED`: It is over.",
        "enum": [
          "INCIDENT_STATUS_UNSPECIFIED",
          "INCIDENT_STATUS_INVESTIGATING",
          "INCIDENT_STATUS_IDENTIFIED",
          "INCIDENT_STATUS_MONITORING",
          "INCIDENT_STATUS_RESOLVED"
        ]
      },
      "openk.status.v1.IncidentUpdate": {
        "type": "object",
        "title": "IncidentUpdate",
        "description": "Something that was said about an incident.",
        "properties": {
          "time": {
            "type": "string",
            "format": "date-time",
            "description": "When it was said.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "status": {
            "$ref": "#/components/schemas/openk.status.v1.IncidentStatus",
            "description": "How far the incident was then."
          },
          "text": {
            "type": "string",
            "description": "Text, not markup."
          }
        }
      },
      "openk.status.v1.ListIncidentsResponse": {
        "type": "object",
        "title": "ListIncidentsResponse",
        "description": "Incidents.",
        "properties": {
          "incidents": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.status.v1.Incident"
            },
            "description": "By their beginnings, the newest first."
          },
          "nextPageToken": {
            "type": "string",
            "description": "Token of the next answer. Empty: this is the last."
          }
        }
      },
      "openk.status.v1.PlannedMaintenance": {
        "type": "object",
        "title": "PlannedMaintenance",
        "description": "A time in which entries are out of service on purpose.",
        "properties": {
          "id": {
            "type": "string",
            "description": "Names it."
          },
          "entries": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "Keys of the entries."
          },
          "start": {
            "type": "string",
            "format": "date-time",
            "description": "When it begins. Not set: it was begun by hand.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "end": {
            "type": "string",
            "format": "date-time",
            "description": "When it ends. Not set: by hand.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          }
        }
      },
      "openk.status.v1.StatusDay": {
        "type": "object",
        "title": "StatusDay",
        "description": "A day in UTC.",
        "properties": {
          "date": {
            "type": "string",
            "description": "As YYYY-MM-DD."
          },
          "uptimeRatio": {
            "type": "number",
            "format": "double",
            "description": "Share of the known time in which it was up, rounded down. Not set where nothing is known."
          },
          "knownRatio": {
            "type": "number",
            "format": "double",
            "description": "Share of the day in which its status was known, rounded down."
          },
          "worst": {
            "$ref": "#/components/schemas/openk.common.v1.HealthStatus",
            "description": "The worst status of the day; UNKNOWN where nothing is known."
          }
        }
      },
      "openk.status.v1.StatusEntry": {
        "type": "object",
        "title": "StatusEntry",
        "description": "Something whose status is shown.",
        "properties": {
          "key": {
            "type": "string",
            "description": "Names it on this page, for good: it is made of the ids of page and component, and says neither."
          },
          "name": {
            "type": "string",
            "description": "Its name, for people."
          },
          "status": {
            "$ref": "#/components/schemas/openk.common.v1.HealthStatus",
            "description": "Its status."
          },
          "since": {
            "type": "string",
            "format": "date-time",
            "description": "Since when it has this status.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "uptimeRatio": {
            "type": "number",
            "format": "double",
            "description": "Share of the time that it was up, of the time that is known, from 0 to 1, rounded down. Not set where nothing is known, or uptime is not shown."
          },
          "knownRatio": {
            "type": "number",
            "format": "double",
            "description": "Share of the time in which its status was known, from 0 to 1, rounded down."
          },
          "days": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.status.v1.StatusDay"
            },
            "description": "The same day by day, UTC, the oldest first; the last is today."
          },
          "latency": {
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
            "description": "Median latency of the last day. Not set unless the page shows latencies.",
            "examples": [
              "1.5s"
            ]
          }
        }
      },
      "openk.status.v1.StatusGroup": {
        "type": "object",
        "title": "StatusGroup",
        "description": "Entries under one title.",
        "properties": {
          "title": {
            "type": "string",
            "description": "Its title."
          },
          "entries": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.status.v1.StatusEntry"
            },
            "description": "What is in it."
          }
        }
      },
      "openk.status.v1.StatusIncident": {
        "type": "object",
        "title": "StatusIncident",
        "description": "An incident, as far as it is for the readers of a page.",
        "properties": {
          "id": {
            "type": "string",
            "description": "Names it."
          },
          "title": {
            "type": "string",
            "description": "What it is about."
          },
          "status": {
            "$ref": "#/components/schemas/openk.status.v1.IncidentStatus",
            "description": "How far it is."
          },
          "impact": {
            "$ref": "#/components/schemas/openk.status.v1.IncidentImpact",
            "description": "How bad it is."
          },
          "started": {
            "type": "string",
            "format": "date-time",
            "description": "When it was opened.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "updated": {
            "type": "string",
            "format": "date-time",
            "description": "When it was updated last.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "resolved": {
            "type": "string",
            "format": "date-time",
            "description": "When it was resolved. Not set while it is open.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "entries": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "Keys of the entries that it affects."
          },
          "updates": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.status.v1.IncidentUpdate"
            },
            "description": "What was said about it, the newest first."
          }
        }
      },
      "openk.status.v1.StatusPage": {
        "type": "object",
        "title": "StatusPage",
        "description": "What is to be seen on a page, and nothing more.",
        "properties": {
          "id": {
            "type": "string",
            "description": "Id of the page."
          },
          "title": {
            "type": "string",
            "description": "Its title."
          },
          "description": {
            "type": "string",
            "description": "What it says of itself. Empty: nothing."
          },
          "status": {
            "$ref": "#/components/schemas/openk.common.v1.HealthStatus",
            "description": "The worst status on it: UNHEALTHY, then UNKNOWN, DEGRADED, MAINTENANCE, HEALTHY. UNKNOWN where nothing is on it."
          },
          "groups": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.status.v1.StatusGroup"
            },
            "description": "What is on it."
          },
          "incidents": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.status.v1.StatusIncident"
            },
            "description": "Incidents that are open, and those that were resolved within 14 days, where it is more than 50 the latest of these; the newest first."
          },
          "maintenance": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/openk.status.v1.PlannedMaintenance"
            },
            "description": "Maintenance that goes on, or begins within 14 days, by the configuration or by hand; the earliest first, at most 20, and of an entry five."
          },
          "asOf": {
            "type": "string",
            "format": "date-time",
            "description": "When it was so.",
            "examples": [
              "2026-11-23T09:30:00Z"
            ]
          },
          "revision": {
            "type": "string",
            "format": "uint64",
            "pattern": "^[0-9]{1,20}$",
            "description": "Grows with each change of the page, over restarts too."
          },
          "uptimeDays": {
            "type": "integer",
            "format": "uint32",
            "minimum": 0,
            "maximum": 4294967295,
            "description": "Days that uptime is shown for. 0: it is not shown."
          },
          "url": {
            "type": "string",
            "description": "Web address of the page, as configured. Empty: not configured."
          }
        }
      },
      "openk.status.v1.UpdateIncidentResponse": {
        "type": "object",
        "title": "UpdateIncidentResponse",
        "description": "The incident that was changed.",
        "properties": {
          "incident": {
            "$ref": "#/components/schemas/openk.status.v1.Incident",
            "description": "As it is now."
          }
        }
      },
      "openk.status.v1.WatchStatusPageResponse": {
        "type": "object",
        "title": "WatchStatusPageResponse",
        "description": "A message of the stream.",
        "properties": {
          "page": {
            "$ref": "#/components/schemas/openk.status.v1.StatusPage",
            "description": "The page as it is now: the first message, and one after each change."
          },
          "keepAlive": {
            "$ref": "#/components/schemas/openk.status.v1.WatchStatusPageResponse.KeepAlive",
            "description": "Nothing has changed for 15 s."
          }
        },
        "allOf": [
          {
            "oneOf": [
              {
                "required": [
                  "page"
                ]
              },
              {
                "required": [
                  "keepAlive"
                ]
              },
              {
                "not": {
                  "anyOf": [
                    {
                      "required": [
                        "page"
                      ]
                    },
                    {
                      "required": [
                        "keepAlive"
                      ]
                    }
                  ]
                }
              }
            ]
          }
        ]
      },
      "openk.status.v1.WatchStatusPageResponse.KeepAlive": {
        "type": "object",
        "title": "WatchStatusPageResponse.KeepAlive",
        "description": "Says that the stream goes on.",
        "properties": {
          "revision": {
            "type": "string",
            "format": "uint64",
            "pattern": "^[0-9]{1,20}$",
            "description": "Of the page that was sent last."
          }
        }
      },
      "google.rpc.Status": {
        "type": "object",
        "title": "Status",
        "description": "An error.",
        "properties": {
          "code": {
            "type": "integer",
            "minimum": 1,
            "maximum": 16,
            "description": "A google.rpc.Code."
          },
          "message": {
            "type": "string",
            "description": "For people: what is wrong, where, and what to do."
          },
          "details": {
            "type": "array",
            "items": {
              "oneOf": [
                {
                  "$ref": "#/components/schemas/google.rpc.ErrorInfo"
                },
                {
                  "$ref": "#/components/schemas/google.rpc.BadRequest"
                },
                {
                  "$ref": "#/components/schemas/google.rpc.RetryInfo"
                }
              ]
            },
            "contains": {
              "$ref": "#/components/schemas/google.rpc.ErrorInfo"
            }
          }
        },
        "required": [
          "code",
          "message",
          "details"
        ]
      },
      "google.rpc.ErrorInfo": {
        "type": "object",
        "title": "ErrorInfo",
        "properties": {
          "@type": {
            "const": "type.googleapis.com/google.rpc.ErrorInfo"
          },
          "reason": {
            "type": "string",
            "description": "For programs: which error it is.",
            "pattern": "^[A-Z][A-Z0-9_]*$"
          },
          "domain": {
            "const": "openk.dev"
          },
          "metadata": {
            "type": "object",
            "additionalProperties": {
              "type": "string"
            },
            "description": "What the message says of this case."
          }
        },
        "required": [
          "@type",
          "reason",
          "domain"
        ]
      },
      "google.rpc.BadRequest": {
        "type": "object",
        "title": "BadRequest",
        "properties": {
          "@type": {
            "const": "type.googleapis.com/google.rpc.BadRequest"
          },
          "fieldViolations": {
            "type": "array",
            "minItems": 1,
            "items": {
              "type": "object",
              "properties": {
                "field": {
                  "type": "string",
                  "description": "Path of the field, with names as in the .proto. Left out: the message as a whole."
                },
                "description": {
                  "type": "string",
                  "description": "For people: what is wrong with it."
                },
                "reason": {
                  "type": "string",
                  "description": "For programs: the rule that does not hold."
                }
              },
              "required": [
                "description"
              ]
            }
          }
        },
        "required": [
          "@type",
          "fieldViolations"
        ]
      },
      "google.rpc.RetryInfo": {
        "type": "object",
        "title": "RetryInfo",
        "properties": {
          "@type": {
            "const": "type.googleapis.com/google.rpc.RetryInfo"
          },
          "retryDelay": {
            "type": "string",
            "description": "How long to wait before the next try.",
            "pattern": "^[0-9]+(\\.[0-9]{1,9})?s$"
          }
        },
        "required": [
          "@type",
          "retryDelay"
        ]
      },
      "PrometheusTargets": {
        "type": "object",
        "description": "Targets as Prometheus takes them.",
        "properties": {
          "targets": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "HOST:PORT."
          },
          "labels": {
            "type": "object",
            "additionalProperties": {
              "type": "string"
            }
          }
        },
        "required": [
          "targets",
          "labels"
        ]
      },
      "HealthDocument": {
        "type": "object",
        "description": "Health of a component (draft-inadarei-api-health-check-06).",
        "properties": {
          "status": {
            "enum": [
              "pass",
              "warn",
              "fail"
            ]
          },
          "serviceId": {
            "type": "string",
            "description": "Id of the component."
          },
          "description": {
            "type": "string"
          },
          "output": {
            "type": "string",
            "description": "Why it is not well."
          },
          "notes": {
            "type": "array",
            "items": {
              "type": "string"
            }
          },
          "checks": {
            "type": "object",
            "additionalProperties": {
              "type": "array",
              "items": {
                "$ref": "#/components/schemas/HealthCheck"
              }
            }
          }
        },
        "required": [
          "status",
          "serviceId",
          "description"
        ]
      },
      "HealthCheck": {
        "type": "object",
        "properties": {
          "componentId": {
            "type": "string"
          },
          "componentType": {
            "type": "string"
          },
          "observedValue": {
            "oneOf": [
              {
                "type": "string"
              },
              {
                "type": "number"
              }
            ]
          },
          "observedUnit": {
            "type": "string"
          },
          "status": {
            "enum": [
              "pass",
              "warn",
              "fail"
            ]
          },
          "time": {
            "type": "string",
            "format": "date-time"
          },
          "output": {
            "type": "string"
          }
        },
        "required": [
          "componentId",
          "componentType",
          "observedValue",
          "status"
        ]
      }
    },
    "responses": {
      "InvalidArgument": {
        "description": "The request is not valid, or does not fit what it asks about.",
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/google.rpc.Status"
            },
            "example": {
              "code": 3,
              "message": "the request is not valid: page_size: must be from 0 to 1000",
              "details": [
                {
                  "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                  "reason": "INVALID_REQUEST",
                  "domain": "openk.dev"
                },
                {
                  "@type": "type.googleapis.com/google.rpc.BadRequest",
                  "fieldViolations": [
                    {
                      "field": "page_size",
                      "description": "must be from 0 to 1000",
                      "reason": "INT32_GTE_LTE"
                    }
                  ]
                }
              ]
            }
          }
        }
      },
      "NotFound": {
        "description": "There is no such component.",
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/google.rpc.Status"
            },
            "example": {
              "code": 5,
              "message": "there is no component \"payments\": ListComponents tells which components there are",
              "details": [
                {
                  "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                  "reason": "COMPONENT_NOT_FOUND",
                  "domain": "openk.dev"
                }
              ]
            }
          }
        }
      },
      "Unavailable": {
        "description": "The server is shutting down.",
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/google.rpc.Status"
            },
            "example": {
              "code": 14,
              "message": "the server is shutting down: connect again",
              "details": [
                {
                  "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                  "reason": "SHUTTING_DOWN",
                  "domain": "openk.dev"
                },
                {
                  "@type": "type.googleapis.com/google.rpc.RetryInfo",
                  "retryDelay": "1s"
                }
              ]
            }
          }
        }
      },
      "Error": {
        "description": "Any other error.",
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/google.rpc.Status"
            },
            "example": {
              "code": 13,
              "message": "internal error 0b6ab0f2-9f0e-4c9b-8a39-4b7f5f4a7c11",
              "details": [
                {
                  "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                  "reason": "INTERNAL",
                  "domain": "openk.dev"
                }
              ]
            }
          }
        }
      }
    }
  }
};
