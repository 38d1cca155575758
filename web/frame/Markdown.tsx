import ReactMarkdown from 'react-markdown';
import remarkGfm from 'remark-gfm';

/** What people wrote as Markdown. HTML in it stays text, and no picture is fetched from anywhere. */
export function Markdown({ children }: { readonly children: string }) {
  return (
    <div className="prose">
      <ReactMarkdown
        remarkPlugins={[remarkGfm]}
        disallowedElements={['img']}
        components={{
          a: ({ href, children: text }) => (
            <a href={href} target="_blank" rel="noopener noreferrer">
              {text}
            </a>
          ),
          // The page has headings of its own above.
          h1: ({ children: text }) => <h3>{text}</h3>,
          h2: ({ children: text }) => <h4>{text}</h4>,
          h3: ({ children: text }) => <h5>{text}</h5>,
        }}
      >
        {children}
      </ReactMarkdown>
    </div>
  );
}
