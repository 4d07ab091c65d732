{{/*
Secrets in URLs, which would stand in the ConfigMap, and what Prometheus refuses of keys that it knows. No sentence holds the URL:
the output of Helm is often kept.
*/}}
{{- define "perf-metrics.validate.remoteWrite" -}}
{{- range $i, $target := .Values.prometheus.remoteWrite }}
{{- $path := printf "prometheus.remoteWrite[%d]" $i }}
{{- $inFile := "put the secret into a Secret, name that in prometheus.secrets, and set %s to /etc/prometheus/secrets/<name>/<key>" }}
{{- $remedies := dict
  "url" (printf $inFile "basic_auth.password_file, authorization.credentials_file or http_headers.<header>.files")
  "oauth2.token_url" (printf $inFile "oauth2.client_secret_file")
  "proxy_url" "use a proxy that asks for no password"
  "oauth2.proxy_url" "use a proxy that asks for no password" }}
{{- range $key, $remedy := $remedies }}
{{- $holder := hasPrefix "oauth2." $key | ternary (default dict $target.oauth2) $target }}
{{- with get $holder (trimPrefix "oauth2." $key) }}
{{- if not (regexMatch "^(https?|socks5)://([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]+)?([/?#].*)?$" .) }}
{{ $path }}.{{ $key }} must be http:// or https:// and a host, without a name or password, which the ConfigMap would show: {{ $remedy }}
{{- else if regexMatch "(?i)[?&](p|[^=&#]*(pass|pwd|secret|token|key|auth|credential|signature)[^=&#]*)=" . }}
{{ $path }}.{{ $key }} has a parameter that looks like a secret, which the ConfigMap would show: {{ $remedy }}
{{- end }}
{{- end }}
{{- end }}
{{- $ways := list }}
{{- range $way := list "basic_auth" "authorization" "bearer_token_file" "oauth2" "sigv4" "azuread" "google_iam" }}
{{- if hasKey $target $way }}{{ $ways = append $ways $way }}{{ end }}
{{- end }}
{{- if gt (len $ways) 1 }}
{{ $path }} has {{ join " and " $ways }}, but Prometheus takes one of them: leave the others out
{{- end }}
{{- end }}
{{- end }}
