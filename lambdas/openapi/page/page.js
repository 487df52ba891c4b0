/** Draws the document with Swagger UI, in the colours that the browser asks for. Nothing is loaded from elsewhere. */
const dark = matchMedia('(prefers-color-scheme: dark)');
const paint = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', paint);
paint();

addEventListener('DOMContentLoaded', () => {
  SwaggerUIBundle({
    url: new URL('openapi.json', location.href).href,
    domNode: document.getElementById('document'),
    presets: [SwaggerUIBundle.presets.apis],
    layout: 'BaseLayout',
    deepLinking: true,
    docExpansion: 'list',
    filter: true,
    defaultModelsExpandDepth: 0,
    defaultModelExpandDepth: 2,
    displayRequestDuration: true,
    showExtensions: true,
    // Keys that are tried out are forgotten with the page, and nothing is asked of anybody else's validator.
    persistAuthorization: false,
    validatorUrl: null,
    responseInterceptor: (response) => {
      if (response.url.endsWith('/openapi.json') && response.status >= 400) {
        document.getElementById('failed').hidden = false;
      }
      return response;
    },
  });
});
