/**
 * `/docs` and `/openapi.json`, made when somebody first asks: a second app with the same routes behind it, so that a
 * server that nobody looks at neither loads nor builds any of it. Works offline.
 */
import Fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify';
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { Shared } from '../lib/once.js';
import { packageVersion } from '../lib/package.js';

export interface DocsInfo {
  title: string;
  description: string;
}

/** A plugin with the pages that describe `routes`. */
export function docs(info: DocsInfo, routes: FastifyPluginAsync): FastifyPluginAsync {
  return async (app) => {
    const built = new Shared(() => buildPages(info, routes));
    let asked: Promise<FastifyInstance | undefined> | undefined;
    app.addHook('onClose', async () => (await asked)?.close());
    for (const url of ['/docs', '/docs/*', '/openapi.json']) {
      app.get(url, async (request, reply) => {
        const building = built.get();
        asked = building.catch(() => undefined);
        const pages = await building;
        reply.hijack();
        pages.routing(request.raw, reply.raw);
      });
    }
  };
}

async function buildPages(
  { title, description }: DocsInfo,
  routes: FastifyPluginAsync,
): Promise<FastifyInstance> {
  const [{ default: swagger }, { default: swaggerUi }] = await Promise.all([
    import('@fastify/swagger'),
    import('@fastify/swagger-ui'),
  ]);
  const app = Fastify({ routerOptions: { ignoreTrailingSlash: true } });
  app.setValidatorCompiler(validatorCompiler).setSerializerCompiler(serializerCompiler);
  await app.register(swagger, {
    openapi: {
      info: { title, version: packageVersion(), description },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          basic: { type: 'http', scheme: 'basic' },
        },
      },
      // The empty one: a server on loopback asks for none.
      security: [{ bearer: [] }, { basic: [] }, {}],
    },
    transform: jsonSchemaTransform,
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    theme: {
      title,
      // It only shows a logo that is not ours.
      css: [{ filename: 'arpo-env.css', content: '.swagger-ui .topbar { display: none }' }],
    },
  });
  await app.register(routes);
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  await app.ready();
  return app;
}
