{{- define "openk.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end -}}
{{- end }}

{{- define "openk.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "openk.labels" -}}
{{ include "openk.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "openk.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "openk.name" .) }}
{{- end }}

{{/* openk.yaml, with what the chart decides. */}}
{{- define "openk.config" -}}
{{- $config := deepCopy .Values.config }}
{{- with .Values.tls }}
{{- if .secretName }}
{{- $tls := dict "cert_file" "/etc/openk-tls/tls.crt" "key_file" "/etc/openk-tls/tls.key" }}
{{- if .clientCaKey }}
{{- $tls = merge $tls (dict "client_ca_file" (printf "/etc/openk-tls/%s" .clientCaKey) "client_certificates" "OPTIONAL") }}
{{- end }}
{{- $config = merge $config (dict "tls" $tls) }}
{{- end }}
{{- end }}
{{- toYaml $config }}
{{- end }}

{{/* A probe of a path over HTTP. A host that OpenK answers is named where it does not answer every one. */}}
{{- define "openk.httpProbe" -}}
{{- $root := .root }}
httpGet:
  path: {{ .path }}
  port: http
  {{- if $root.Values.tls.secretName }}
  scheme: HTTPS
  {{- end }}
  {{- with include "openk.probeHost" $root }}
  httpHeaders:
    - { name: Host, value: {{ . | quote }} }
  {{- end }}
{{- end }}

{{- define "openk.probeHost" -}}
{{- with (.Values.config.server | default dict).allowed_hosts }}
{{- if not (has "*" .) }}{{ first . | replace "*." "probe." }}{{ end }}
{{- end }}
{{- end }}
