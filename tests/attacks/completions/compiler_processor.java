// attack: names an annotation processor that is nowhere
// expect: OK|SyntaxError
        return "right";
    }
    @SuppressWarnings("processor")
    @javax.annotation.processing.SupportedAnnotationTypes("*")
    static class Processor { }
